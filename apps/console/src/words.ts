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
  'factor-failed': () => ({
    sentence: 'A PIN or a biometric check was wrong.',
    remedy: 'Tap again with the right one.',
  }),
  'factor-locked': until => ({
    sentence: `The PIN is locked after too many wrong tries, until ${until}.`,
    remedy: 'Wait, or let the security desk reset it.',
  }),
  'outside-schedule': next =>
    next === '' || next === 'never'
      ? {
          sentence: 'The rule holds at other times, and no further time is planned.',
          remedy: 'Ask for a schedule that fits.',
        }
      : { sentence: `The rule holds at other times; the next time is ${next}.`, remedy: 'Come back then.' },
  holiday: () => ({
    sentence: 'Today is a holiday, and the rule leaves holidays out.',
    remedy: 'Come back on a working day.',
  }),
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
  'wrong-side': () => ({
    sentence: 'The holder stood on the other side of the door.',
    remedy: 'Use the reader on your side.',
  }),
  'context-failed': name => ({
    sentence: `The condition “${name}” did not hold, or its value was missing or too old.`,
    remedy: 'Put the plant into the state that the rule asks for.',
  }),
  'machine-state': state => ({
    sentence: `The machine is ${state === 'unknown' ? 'in an unknown state' : state}.`,
    remedy: 'Wait until the machine is in a state that the rule allows.',
  }),
  'qualification-missing': name => ({
    sentence: `The proof “${name}” is missing.`,
    remedy: 'Do the training, or record the proof.',
  }),
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
  'interlock-open': () => ({
    sentence: 'The other door of the lock is not shut.',
    remedy: 'Shut the other door first.',
  }),
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
  prohibited: rule => ({
    sentence: `The prohibition ${rule} forbids it, whatever else is permitted.`,
    remedy: 'See the prohibition.',
  }),
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
  'internal-error': () => ({
    sentence: 'Something went wrong in the module, so it refused.',
    remedy: 'Read the module’s log.',
  }),
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

/** Events that are no decisions, by the word in the record. What is not here is shown as it is. */
export const eventWords: Readonly<Record<string, string>> = {
  'site-applied': 'Site file applied',
  'site-unchanged': 'Site file unchanged',
  'credentials-revoked': 'Credentials revoked',
  'invitation-made': 'Invitation made',
  'wallet-enrolled': 'Phone enrolled',
  'pin-set': 'PIN set',
  'log-in-link-made': 'Log-in link made',
  claimed: 'Installation claimed',
  'logged-in': 'Logged in',
  'logged-out': 'Logged out',
  'commissioning-ordered': 'Commissioning ordered',
  'module-commissioned': 'Module commissioned',
  commissioned: 'Commissioned',
  decommissioned: 'Decommissioned',
  started: 'Started',
  'bundle-applied': 'Permissions taken over',
  'revocations-applied': 'Blocks taken over',
  'keys-taken': 'Keys taken over',
  'command-done': 'Command carried out',
  'clock-set': 'Clock set',
  'envelope-refused': 'Envelope refused',
  alarm: 'Alarm',
}

interface ProblemWords {
  readonly title: string
  readonly advice: string
}

/** Refusals of the service by code; others are shown with the service's own message. */
export const problemWords: Readonly<Record<string, ProblemWords>> = {
  unreachable: {
    title: 'The service does not answer.',
    advice: 'The modules go on deciding without it. This page tries again by itself.',
  },
  'not-signed-in': { title: 'The session is over.', advice: 'Make a new link with the command “npx edgeward login”.' },
  'not-allowed': { title: 'This is not permitted here.', advice: 'Ask an administrator whose scope covers it.' },
  csrf: { title: 'The page is out of date.', advice: 'Load it again and repeat what you did.' },
  origin: { title: 'The address is not the console’s own.', advice: 'Open the address that the start printed.' },
  'not-claimed': {
    title: 'Nobody has claimed this installation yet.',
    advice: 'Open the claim link that the terminal printed at the start.',
  },
  'code-refused': {
    title: 'This code is not valid, or not any more.',
    advice: 'Each link works once and only for some minutes. Make a new one with the command “npx edgeward login”.',
  },
  'not-found': { title: 'This does not exist.', advice: 'It may have been erased, or the address is not complete.' },
  'site-missing': { title: 'There is no site yet.', advice: 'Apply a site file: “npx edgeward site apply FILE”.' },
  'too-many-requests': { title: 'Too many requests.', advice: 'Wait a moment and try again.' },
  'header-too-large': { title: 'The address is too long.', advice: 'Search for less at once.' },
  timeout: { title: 'The request took too long to arrive.', advice: 'Try again.' },
  unavailable: { title: 'The service is not ready.', advice: 'It may be starting. This page tries again by itself.' },
  'bad-answer': {
    title: 'The service and this page do not understand each other.',
    advice: 'One of them is older than the other: load the page again.',
  },
}

const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

const list = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/** The five questions of the status, with the forms of their answers. */
export const answerWords = {
  rights: {
    question: 'Who may do what?',
    none: 'No site yet',
    noneLong: 'Apply a site file first: npx edgeward site apply FILE.',
    short: (rules: number) => plural(rules, 'rule', 'rules'),
    long: ({
      people,
      robots,
      assets,
      rules,
      version,
    }: Readonly<Record<'people' | 'robots' | 'assets' | 'rules' | 'version', number>>) =>
      `${plural(rules, 'rule', 'rules')} for ${plural(people, 'person', 'people')}, ${plural(robots, 'robot', 'robots')} and ${plural(assets, 'asset', 'assets')}, site version ${version}.`,
  },
  blocked: {
    question: 'Who is blocked?',
    nobody: 'Nobody',
    nobodyLong: 'No credential is revoked or suspended.',
    short: (count: number) => plural(count, 'credential', 'credentials'),
    long: ({ revoked, suspended }: Readonly<Record<'revoked' | 'suspended', number>>) =>
      `${revoked} revoked, ${suspended} suspended:`,
  },
  inForce: {
    question: 'Is every block in force everywhere?',
    yes: 'Yes, everywhere',
    yesLong: (modules: number) =>
      modules === 1 ? 'The module has acknowledged it.' : `All ${modules} modules have acknowledged it.`,
    no: (count: number) => `Not yet: ${plural(count, 'module', 'modules')}`,
    noLong: ({ waiting, total }: { readonly waiting: readonly string[]; readonly total: number }) =>
      `${total - waiting.length} of ${total} modules have acknowledged it. Still to do so: ${list(waiting)}.`,
  },
  withoutService: {
    question: 'What works while the service is away?',
    noModules: 'No modules',
    short: (duration: string) => `Everything, for ${duration}`,
  },
  hsm: { question: 'Is this an HSM?', yes: 'Yes', no: 'No, software keys' },
} as const

/** What is wrong with a module, and what to do. */
export const findingWords = {
  notCommissioned: {
    what: 'Not commissioned.',
    advice: 'Order its commissioning and run it at the device; until then it denies everybody.',
  },
  alarm: (code: string, detail: string) => ({
    what: `Alarm: ${code.replaceAll('-', ' ')}.`,
    advice: `${detail} Somebody should look at the device.`,
  }),
  gap: (first: number, last: number) => ({
    what: first === last ? `Record ${first} is missing.` : `Records ${first} to ${last} are missing.`,
    advice: 'They were asked for again. If the gap stays, evidence was lost: look at the device.',
  }),
  neverHeard: { what: 'It has never been in touch.', advice: 'Check its network and the address of the broker.' },
  away: (since: string, left: string) => ({
    what: `No link since ${since}.`,
    advice: `It goes on deciding by itself for another ${left}. Restore its network before that.`,
  }),
  autonomyOver: (since: string) => ({
    what: `No link since ${since}, longer than it may work alone: it denies.`,
    advice: 'Restore its network, or carry an envelope there.',
  }),
  revocationsLag: (effective: number, desired: number) => ({
    what: `A block is not in force here: revocations ${effective} of ${desired}.`,
    advice: 'They are sent again by themselves as soon as there is a link.',
  }),
  bundleLags: (effective: number, desired: number) => ({
    what: `It still decides by bundle ${effective}; ${desired} is wanted.`,
    advice: 'It is sent again by itself as soon as there is a link.',
  }),
  keysLag: (effective: number, desired: number) => ({
    what: `It has key package ${effective}; ${desired} is wanted.`,
    advice: 'It is sent again by itself. Old keys stay until then.',
  }),
  clockUntrusted: {
    what: 'It does not trust its clock.',
    advice: 'At criticality 3 and 4 it denies. Connect it, or carry signed time there.',
  },
  clockWeak: { what: 'Its clock was not set for a while.', advice: 'It sets it by itself as soon as there is a link.' },
  clockOff: (offset: string) => ({
    what: `Its clock is off by ${offset}.`,
    advice: 'If this comes back, replace its battery.',
  }),
  refused: (count: number, reasons: readonly string[], last: string) => ({
    what: `${plural(count, 'envelope', 'envelopes')} of this module ${count === 1 ? 'was' : 'were'} refused (${reasons.join(', ')}).`,
    advice: `The last one ${last}. Somebody may tamper with the line, or an old message was carried again.`,
  }),
  room: (free: number) => ({
    what: `Room for only ${plural(free, 'record', 'records')}.`,
    advice: 'Restore its network, so that it can hand its records over.',
  }),
  certificateOver: (at: string) => ({
    what: `Its reader certificate ended ${at}: phones refuse it.`,
    advice: 'Connect it, so that a new one reaches it.',
  }),
  certificateEnds: (at: string) => ({
    what: `Its reader certificate ends ${at}.`,
    advice: 'Connect it before then, so that a new one reaches it.',
  }),
} as const

interface Deed {
  readonly who: string
  /** "operate Reactor 2", as `words.events.deed` makes it. */
  readonly deed: string
}

/** Functions that take no object: one logs in *at* a system. */
const withoutObject: ReadonlySet<string> = new Set(['log in', 'report time'])

export const words = {
  product: 'Edgeward',
  skip: 'Skip to the content',
  navigation: 'Pages',
  loading: 'Loading',
  retry: 'Try again',
  close: 'Close',
  refused: 'The service refused.',
  pageBroke: 'Something in this page went wrong.',
  pageBrokeAdvice: 'Load the page again. The plant is not affected.',
  notFound: 'Nothing here',
  notFoundLead: 'This address leads nowhere.',
  toOverview: 'To the overview',
  broken: 'This page broke',
  nothingFound: 'Nothing found',
  noSite: 'No site yet',
  siteTime: 'Site time',
  simulatedClock: 'simulated clock',
  simulated: 'Simulated',
  simulation: 'Simulation',
  simulatedQuality: (quality: string) => `${quality} (simulated)`,
  notHsm: 'Not an HSM',
  switchScheme: (scheme: 'light' | 'dark') =>
    scheme === 'dark' ? 'Switch to dark colours' : 'Switch to light colours',
  session: 'Session',
  sessionOf: (name: string) => `Session of ${name}`,
  sessionUntil: (time: string) => `Until ${time} at the latest, or 15 minutes without a request.`,
  administrator: 'Administrator',
  operator: 'Operator of this machine',
  logOut: 'Log out',
  status: 'Status',
  statusGood: 'Status: all is well',
  statusFindings: (count: number) => `Status: ${plural(count, 'answer', 'answers')} to look at`,
  decisions: { permit: 'Permitted', deny: 'Denied' },

  logIn: {
    title: 'Log in',
    lead: 'This link starts one session on this computer. It works once.',
    leadWithoutCode: 'Paste the code of your one-time link.',
    code: 'Code',
    codeHelp: 'The part of the link behind #. “npx edgeward login” prints a link.',
    button: 'Log in',
  },
  claim: {
    title: 'Claim this installation',
    lead: 'You become its first administrator. The link works once.',
    code: 'Claim code',
    codeHelp: 'The terminal printed it when Edgeward started.',
    name: 'Your name',
    nameHelp: 'Stands in every record of what you do.',
    button: 'Claim',
    note: 'Until somebody claims it, the service answers on this machine only.',
  },
  signedOut: {
    title: 'You are not logged in',
    lead: 'Make a one-time link on the machine that runs the service, and open it here.',
    command: 'npx edgeward login',
    note: 'There is no password. The modules decide without the console.',
  },
  sessionEnd: {
    title: 'Your session has ended',
    idle: 'Nobody did anything on this page for 15 minutes, or the session was ended elsewhere.',
    total: 'It had lasted for 12 hours, the longest that a session may.',
  },
  unclaimed: {
    title: 'Not claimed yet',
    lead: 'The terminal that started Edgeward shows a claim link. Open it to become the first administrator.',
    command: 'npx edgeward login',
    note: 'The link lasts 30 minutes; this command prints a new one.',
  },

  overview: {
    title: 'Overview',
    lead: ({ time, version }: { readonly time: string; readonly version: number | null }) =>
      version === null ? time : `${time} · site version ${version}`,
    picture: 'Service and modules',
    toModules: 'Health of the modules',
    toMatrix: 'Open the matrix',
    toEvents: 'All events',
    service: 'Trusted service',
    database: (version: string) => `PostgreSQL ${version}`,
    broker: 'MQTT broker',
    hsm: 'HSM',
    away: 'no link',
    guarded: (names: readonly string[]) =>
      names.length < 3 ? names.join(', ') : `${names[0]} and ${names.length - 1} more`,
    latest: 'Latest attempts',
    andMore: (names: string, more: number) => `${names} and ${more} more`,
    notInForce: 'Not in force yet',
    notInForceCount: (count: number) =>
      `${plural(count, 'rule', 'rules')} of the threat model need parts that are still to come`,
  },

  events: {
    title: 'Events',
    columns: ['Time', 'Who', 'What', 'Where', 'Decision', 'Why', 'Outcome'],
    byItself: 'Module itself',
    localOperator: (account: string) => `Operator (${account})`,
    unknownHolder: 'Unknown holder',
    wayOut: (what: string) => `${what}, way out`,
    byRule: (rule: string) => `Rule ${rule}`,
    deed: ({ what, where, out }: { readonly what: string; readonly where: string; readonly out: boolean }) =>
      `${what} ${withoutObject.has(what) ? 'at ' : ''}${where}${out ? ' on the way out' : ''}`,
    permitted: ({ who, deed, rule }: Deed & { readonly rule: string | null }) =>
      `${who} was permitted to ${deed}${rule === null ? '' : ` by rule ${rule}`}.`,
    denied: ({ who, deed }: Deed) => `${who} was not permitted to ${deed}.`,
    happened: ({ who, what, where }: Readonly<Record<'who' | 'what' | 'where', string>>) =>
      `${what} (${where}), by ${who}.`,
    batch: ({ count, denied, latest }: { readonly count: number; readonly denied: number; readonly latest: string }) =>
      `${count} new events, ${denied} denied. Latest: ${latest}`,
    late: (duration: string) => `arrived ${duration} later`,
    outcomeOpen: 'Not yet known',
    none: 'No events match. New ones appear here by themselves.',
    older: 'Load older events',
    end: 'This is where the record begins.',
    pause: 'Pause',
    resume: (count: number) => (count === 0 ? 'Go on' : `Go on (${count.toLocaleString('en')})`),
    waiting: (count: number) => `${plural(count, 'new event', 'new events')}`,
    paused: 'Paused',
    stream: { live: 'Live', connecting: 'Connecting', interrupted: 'Interrupted' },
    filter: 'Filter',
    filterUsed: (count: number) => `Filter (${count})`,
    clearFilter: 'Clear filter',
    person: 'Person',
    everybody: 'Everybody',
    asset: 'Asset',
    everywhere: 'All assets',
    module: 'Module',
    allModules: 'All modules',
    decision: 'Decision',
    attempts: 'Attempts',
    everything: 'Everything',
  },

  card: {
    title: 'Decision',
    pageTitle: (id: string) => `Decision ${id}`,
    ownPage: 'Open as page',
    toEvents: 'To the events',
    whyPermitted: 'Why it was permitted',
    whyDenied: 'Why it was denied',
    nearestMiss: 'nearest miss',
    rule: 'The rule, as it was then',
    conditions: 'Conditions',
    noConditions: 'Without a condition.',
    writtenBy: ({
      version,
      author,
      since,
    }: {
      readonly version: number
      readonly author: string
      readonly since: string
    }) => `site version ${version} by ${author}, ${since}`,
    laterChanges: 'Later changes',
    later: ({
      change,
      version,
      author,
      at,
    }: {
      readonly change: 'changed' | 'removed'
      readonly version: number
      readonly author: string
      readonly at: string
    }) => `Later ${change} in site version ${version} by ${author}, ${at}.`,
    outcome: 'What followed',
    outcomeOpen: 'The outcome has not been reported yet.',
    noOutcome: 'Nothing moved.',
    obligations: 'Obligations',
    presented: 'What was presented',
    credential: 'Credential',
    secondPerson: 'Second person',
    side: 'Side',
    sides: { in: 'Way in', out: 'Way out' },
    position: 'Position',
    trace: 'Values that it rested on',
    versions: 'Versions in force',
    site: 'Site',
    siteDigest: 'Site digest',
    bundle: 'Bundle',
    revocations: 'Revocations',
    epoch: 'Epoch',
    documentEpoch: 'Document’s epoch',
    evidence: 'Evidence',
    module: 'Module',
    clock: 'Clock',
    received: 'Received',
    record: 'Record',
    recordNumber: ({ number, epoch }: { readonly number: number; readonly epoch: number }) =>
      `${number} of chain ${epoch}`,
    signature: 'Signature',
    signed: 'Signed by the module',
    unsigned: 'Not signed by the module',
    digest: 'Digest',
    head: 'Head of chain',
  },

  matrix: {
    navigation: 'Matrix',
    title: 'Permission matrix',
    lead: ({ version }: { readonly version: number }) =>
      `Roles by assets, site version ${version}. Open a cell to read its rules.`,
    role: 'Role',
    external: 'external',
    outside: 'Outside of all areas',
    scrollRegion: 'Permission matrix, scrollable',
    legend: 'Marks',
    marks: { x: 'permitted', '(x)': 'permitted with conditions', prohibited: 'prohibited' },
    limited: 'limited by a prohibition',
    groupBy: 'Group columns by',
    byArea: 'By area',
    byKind: 'By kind',
    foldAll: 'Fold all',
    unfoldAll: 'Unfold all',
    empty: 'The site has no assets yet.',
    folded: (count: number) => plural(count, 'asset', 'assets'),
    group: ({
      name,
      path,
      count,
    }: {
      readonly name: string
      readonly path: readonly string[]
      readonly count: number
    }) => `${[...path, name].join(', ')}: ${plural(count, 'asset', 'assets')}`,
    cell: ({
      role,
      asset,
      mark,
      rules,
      limited,
    }: {
      readonly role: string
      readonly asset: string
      readonly mark: 'x' | '(x)' | 'prohibited' | undefined
      readonly rules: number
      readonly limited: boolean
    }) =>
      mark === undefined
        ? `${role}, ${asset}: no rule`
        : `${role}, ${asset}: ${mark === 'x' ? 'permitted' : mark === '(x)' ? 'permitted with conditions' : 'prohibited'}${limited ? ', limited by a prohibition' : ''}, ${plural(rules, 'rule', 'rules')}`,
    foldedCell: ({
      role,
      group,
      count,
      of,
    }: {
      readonly role: string
      readonly group: string
      readonly count: number
      readonly of: number
    }) => `${role}, ${group}: permitted at ${count} of ${plural(of, 'asset', 'assets')}`,
    rulesBehind: 'Rules behind the cell',
    noRule: 'No rule: whoever has only this role is denied here.',
    permission: 'Permission',
    prohibition: 'Prohibition',
    everything: 'do everything',
    ruleSentence: ({
      role,
      prohibits,
      functions,
      asset,
      conditions,
    }: {
      readonly role: string
      readonly prohibits: boolean
      readonly functions: readonly string[]
      readonly asset: string
      readonly conditions: number
    }) => {
      const ends = conditions > 0 ? ':' : prohibits ? ', ever.' : ', at any time.'
      return `At ${asset}, ${role} ${prohibits ? 'may not' : 'may'} ${list(functions)}${ends}`
    },
    through: (group: string) => `through the group ${group}`,
  },

  modules: {
    title: 'Modules',
    lead: ({ total, connected, findings }: Readonly<Record<'total' | 'connected' | 'findings', number>>) =>
      `${connected} of ${plural(total, 'module', 'modules')} connected, ${findings === 0 ? 'none needs a look' : `${findings} ${findings === 1 ? 'needs' : 'need'} a look`}. Worst first.`,
    none: 'The site has no modules yet.',
    states: { good: 'Well', warn: 'Needs a look', bad: 'Needs action' },
    guards: (names: readonly string[]) => (names.length === 0 ? 'Guards nothing.' : `Guards ${list(names)}`),
    findings: 'Findings',
    softwareKeys: 'Software keys, not an HSM',
    link: 'Link',
    links: { connected: 'Connected', away: 'No link' },
    never: 'never',
    notYet: 'not yet',
    bundle: 'Bundle',
    revocations: 'Revocations',
    keys: 'Keys',
    versionLags: (effective: number, desired: number) => `${effective} of ${desired}`,
    clock: 'Clock',
    offset: (ms: number) => (ms === 0 ? 'no offset' : `${ms > 0 ? '+' : '−'}${Math.abs(ms).toLocaleString('en')} ms`),
    records: 'Records',
    allArrived: 'all arrived',
    toArrive: (count: number) => `${count.toLocaleString('en')} to arrive`,
    waiting: 'Waiting envelopes',
    noneRefused: 'none refused',
    refused: (count: number) => `${count} refused`,
    particulars: 'Particulars',
    commissioned: 'Commissioned',
    fingerprint: 'Fingerprint',
    keyGroup: 'Key group',
    autonomy: 'Autonomy',
    certificate: 'Reader certificate until',
    room: 'Room for records',
    roomFor: (count: number) => `${count.toLocaleString('en')} more`,
    refusedReasons: 'Refused envelopes',
    itsEvents: 'Events of this module',
  },
} as const
