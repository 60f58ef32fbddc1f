/** Reasons in words, for people at a desk. Families and codes: site.md §6.7. */
import type { Reason } from '../api/events.ts'

const words: Readonly<Record<string, string>> = {
  permitted: 'Permitted',
  'permitted-override': 'Permitted in spite of a lockdown',
  'permitted-emergency': 'Permitted: evacuation',
  'factor-failed': 'PIN or biometric was wrong',
  'factor-required': 'Needed and not shown',
  'factor-locked': 'Too many wrong PINs; locked until',
  'too-far': 'Too far away',
  'wrong-side': 'At the other side of the door',
  'not-in-zone': 'Not in the zone that is asked for',
  'interlock-open': 'Another door of the lock is open',
  'asset-in-use': 'In use by',
  'escort-required': 'An escort is needed',
  'area-full': 'The area is full',
  'anti-passback': 'Inside already, or not inside',
  'machine-state': 'The machine is',
  'context-failed': 'A condition does not hold',
  'outside-schedule': 'Outside the hours; next from',
  holiday: 'Holiday',
  'rest-time': 'Rest time until',
  'quota-used': 'Used as often as allowed',
  'not-yet-valid': 'Not valid before',
  expired: 'Expired at',
  'order-missing': 'No open order',
  'qualification-expired': 'Qualification has run out',
  'qualification-missing': 'Qualification is missing',
  'organisation-inactive': 'The organisation is not active',
  'no-permission': 'No permission',
  prohibited: 'Prohibited by rule',
  'relay-suspected': 'A relay is suspected',
  'epoch-too-old': 'The document is too old',
  suspended: 'Credential is suspended',
  revoked: 'Credential is blocked',
  'unknown-credential': 'Unknown credential',
  'bad-proof': 'The credential did not prove itself',
  'clock-untrusted': 'The clock of the module is not trustworthy',
  'autonomy-exceeded': 'The module was too long without the service',
  lockdown: 'Lockdown',
  'not-commissioned': 'The module is not commissioned',
  'internal-error': 'A fault in the module',
}

const factorWords: Readonly<Record<string, string>> = {
  pin: 'PIN needed',
  biometric: 'Biometric needed',
  'second-person': 'A second person is needed',
}

/** A reason as records have it, `code` or `code(parameter)`, taken apart and in words. */
export function reasonOf(text: string): Reason {
  const [, code = text, parameter = null] = /^([a-z-]+)(?:\((.*)\))?$/.exec(text) ?? []
  const said = words[code] ?? code
  if (code === 'factor-required') return { code, parameter, text: factorWords[parameter ?? ''] ?? said }
  return { code, parameter, text: parameter === null ? said : `${said} ${parameter}` }
}
