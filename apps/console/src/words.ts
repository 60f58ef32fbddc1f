/**
 * Every word that the pages show, in one place: another language is another file with the same keys. Sentences that
 * hold a value are functions. Words for people, not codes; codes stand beside them where somebody must quote them.
 */

interface Sentence {
  readonly sentence: string
  readonly remedy?: string
}

/** Reason codes of domain.md, section 6. The value is the parameter, an instant already written in site time. */
export const reasonWords: Readonly<Record<string, (value: string) => Sentence>> = {
  permitted: () => ({ sentence: 'A rule permits it and all of its conditions held.' }),
  'permitted-emergency': () => ({ sentence: 'An evacuation is in force: this way out is open to everybody.' }),
  'permitted-override': () => ({ sentence: 'A lockdown is in force, and the rule passes it by override right.' }),
  'factor-required': factor => ({
    sentence: `${factorWords[factor] ?? factor} was not presented.`,
    remedy: factorRemedies[factor] ?? 'Present what is missing and tap again.',
  }),
  'factor-failed': () => ({ sentence: 'A PIN or a biometric check was wrong.', remedy: 'Tap again with the right one.' }),
  'factor-locked': until => ({
    sentence: `The PIN is locked after too many wrong tries, until ${until}.`,
    remedy: 'Wait, or let the security desk reset it.',
  }),
  'outside-schedule': next =>
    next === '' || next === 'never'
      ? { sentence: 'The rule holds at other times, and no further time is planned.', remedy: 'Ask for a schedule that fits.' }
      : { sentence: `The rule holds at other times; the next time is ${next}.`, remedy: 'Come back then.' },
  holiday: () => ({ sentence: 'Today is a holiday, and the rule leaves holidays out.', remedy: 'Come back on a working day.' }),
  'not-yet-valid': from => ({ sentence: `Not valid before ${from}.`, remedy: 'Wait for the beginning.' }),
  expired: at => ({ sentence: `Its validity ended ${at}.`, remedy: 'Renew it.' }),
  'not-in-zone': () => ({
    sentence: 'The holder was not in the zone that the rule names, or no position was known.',
    remedy: 'Step into the zone and tap again.',
  }),
  'too-far': () => ({ sentence: 'The holder was too far away.', remedy: 'Come closer and tap again.' }),
  'relay-suspected': () => ({
    sentence: 'The radio looked as if somebody had lengthened its path.',
    remedy: 'Look into it: this may be an attack.',
  }),
  'wrong-side': () => ({ sentence: 'The holder stood on the other side of the door.', remedy: 'Use the reader on your side.' }),
  'context-failed': name => ({
    sentence: `The condition “${name}” did not hold, or its value was missing or too old.`,
    remedy: 'Put the plant into the state that the rule asks for.',
  }),
  'machine-state': state => ({
    sentence: `The machine is ${state === 'unknown' ? 'in an unknown state' : state}.`,
    remedy: 'Wait until the machine is in a state that the rule allows.',
  }),
  'qualification-missing': name => ({ sentence: `The proof “${name}” is missing.`, remedy: 'Do the training, or record the proof.' }),
  'qualification-expired': name => ({ sentence: `The proof “${name}” has ended.`, remedy: 'Renew the proof.' }),
  'order-missing': () => ({
    sentence: 'No open order (visit, work order, permit to work, transport) covers this.',
    remedy: 'Open an order for this person, place and time.',
  }),
  'organisation-inactive': () => ({
    sentence: 'The employer’s contract with the site is not active.',
    remedy: 'Renew the validity of the organisation.',
  }),
  'rest-time': until => ({ sentence: `The rest between two shifts lasts until ${until}.`, remedy: 'Come back then.' }),
  'anti-passback': () => ({
    sentence: 'The person is already inside, or never entered by a reader.',
    remedy: 'Leave by a reader, or let the desk forgive it.',
  }),
  'area-full': () => ({ sentence: 'As many people are inside as are allowed.', remedy: 'Wait until somebody leaves.' }),
  'quota-used': () => ({ sentence: 'All permitted uses are used up.', remedy: 'Wait for the next period.' }),
  'escort-required': () => ({
    sentence: 'Nobody who may accompany was there.',
    remedy: 'The escort taps first, or is already inside.',
  }),
  'asset-in-use': role => ({
    sentence: role === '' || role === 'none' ? 'Somebody else is using it.' : `Somebody else (${role}) is using it.`,
    remedy: 'Wait until that session ends.',
  }),
  'interlock-open': () => ({ sentence: 'The other door of the lock is not shut.', remedy: 'Shut the other door first.' }),
  revoked: () => ({ sentence: 'The credential is revoked, for good.', remedy: 'Only a new credential helps.' }),
  suspended: () => ({ sentence: 'The credential is suspended.', remedy: 'Lift the suspension if that is right.' }),
  'epoch-too-old': () => ({
    sentence: 'The credential’s document is older than the last change that matters.',
    remedy: 'Let the phone go on line once.',
  }),
  'unknown-credential': () => ({
    sentence: 'This credential is not known to the site.',
    remedy: 'Enrol it, if its holder belongs here.',
  }),
  'bad-proof': () => ({
    sentence: 'The transponder did not prove its key, or its document is not its own.',
    remedy: 'Look into it: this may be a copy.',
  }),
  'no-permission': () => ({
    sentence: 'No rule gives this person this function here.',
    remedy: 'If it should be so, add a permission.',
  }),
  prohibited: rule => ({ sentence: `The prohibition ${rule} forbids it, whatever else is permitted.`, remedy: 'See the prohibition.' }),
  'not-commissioned': () => ({ sentence: 'The module is not commissioned.', remedy: 'Commission the module.' }),
  'clock-untrusted': () => ({
    sentence: 'The module does not trust its clock, and here that means no.',
    remedy: 'Give the module signed time: connect it, or carry it there.',
  }),
  lockdown: () => ({ sentence: 'A lockdown is in force.', remedy: 'It ends by command.' }),
  'autonomy-exceeded': () => ({
    sentence: 'The module has not heard from the service for longer than it may work alone.',
    remedy: 'Restore the link, or carry an envelope there.',
  }),
  'internal-error': () => ({ sentence: 'Something went wrong in the module, so it refused.', remedy: 'Read the module’s log.' }),
}

const factorWords: Readonly<Record<string, string>> = {
  pin: 'The PIN',
  biometric: 'A biometric check',
  'phone-biometric': 'The biometric check on the phone',
  'reader-biometric': 'The biometric check at the reader',
  'second-person': 'A second person',
}

const factorRemedies: Readonly<Record<string, string>> = {
  pin: 'Type the PIN and tap again.',
  biometric: 'Confirm on the phone or at the reader, and tap again.',
  'second-person': 'A second person with the same right taps within the time allowed.',
}

/** Factors as a list shows them. */
export const factorNames: Readonly<Record<string, string>> = {
  possession: 'Possession',
  pin: 'PIN',
  biometric: 'Biometric',
  'phone-biometric': 'Biometric on the phone',
  'reader-biometric': 'Biometric at the reader',
  'second-person': 'Second person',
}

export const factorStates: Readonly<Record<string, string>> = {
  ok: 'right',
  wrong: 'wrong',
  absent: 'not presented',
}

/** Obligations by code; the value is the parameter. */
export const obligationWords: Readonly<Record<string, (value: string) => string>> = {
  unlock: value => `Unlock for ${value.replace(/s$/, ' s')}`,
  passage: value => `Door stays open until ${value === 'never' ? 'further notice' : value}`,
  session: value => `Session until ${value === 'never' ? 'log-out' : value}`,
  preferences: value => `Apply the holder’s settings for ${value}`,
  log: value => `Log the ${value}`,
  notice: value => (value === 'anti-passback' ? 'Notice: passed without leaving first' : `Notice: ${value}`),
  'silent-alarm': value => (value === 'duress' ? 'Silent alarm: threat' : 'Silent alarm'),
}

/** What followed a decision. */
export const outcomeWords: Readonly<Record<string, string>> = {
  entered: 'Entered',
  'not-entered': 'Not entered',
  'session-started': 'Session started',
  'session-ended': 'Session ended',
  'actuator-failed': 'Actuator failed',
  'timed-out': 'Timed out',
  unknown: 'Not known',
}

export const clockQualityWords: Readonly<Record<string, string>> = {
  synchronised: 'synchronised',
  drifting: 'drifting',
  'floor-only': 'only a lower bound',
  untrusted: 'not trusted',
}

export const words = {
  product: 'Edgeward',
  console: 'Console',
  skip: 'Skip to the content',
  navigation: 'Pages',
  loading: 'Loading',
  retry: 'Try again',
  close: 'Close',
  decisions: { permit: 'Let in', deny: 'Denied' },
} as const
