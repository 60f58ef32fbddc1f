/**
 * What a reader shows. A fixed list: family and what helps, never the name of a rule, a condition or another person
 * (T81). Only an instant and the holder's own qualification are ever put into a text.
 */
import { instantToWall, type Reason, type ReasonCode } from '@edgeward/domain'
import type { Display } from '../ports.ts'

export type Family =
  | 'ok'
  | 'factor'
  | 'time'
  | 'place'
  | 'context'
  | 'qualification'
  | 'state'
  | 'credential'
  | 'right'
  | 'module'

const paused = 'Too many failed tries here. Please try again in a minute.'
const notValidHere = 'Not valid here. Please ask the security desk.'
const noRight = 'No right for this. Please ask your administrator.'
const outOfService = 'Out of service. Please call a technician.'

/** Family and text of each reason. `{time}` and `{name}` are the only places that are filled in. */
const texts: Readonly<Record<ReasonCode, readonly [Family, string]>> = {
  permitted: ['ok', 'Permitted'],
  'permitted-override': ['ok', 'Permitted'],
  'permitted-emergency': ['ok', 'Emergency: please leave'],
  'factor-required': ['factor', ''],
  'factor-failed': ['factor', 'That was not right. Please try again.'],
  'factor-locked': ['factor', 'Locked after wrong tries. Again from {time}.'],
  'outside-schedule': ['time', 'Not at this time. Next: {time}.'],
  holiday: ['time', 'Closed today.'],
  'not-yet-valid': ['time', 'Not valid yet. From {time}.'],
  expired: ['time', 'No longer valid since {time}.'],
  'not-in-zone': ['place', 'Please stand in the marked zone.'],
  'too-far': ['place', 'Please come closer.'],
  'relay-suspected': ['place', 'Please come closer.'],
  'wrong-side': ['place', 'Please use the reader on your side.'],
  'context-failed': ['context', 'Conditions here do not allow it now.'],
  'machine-state': ['context', 'Not while the machine is in this state.'],
  'qualification-missing': ['qualification', 'A proof is missing: {name}.'],
  'qualification-expired': ['qualification', 'A proof has run out: {name}.'],
  'order-missing': ['qualification', 'No order for this. Please ask your shift lead.'],
  'organisation-inactive': ['qualification', 'Your organisation has no access now.'],
  'rest-time': ['qualification', 'Rest time. Again from {time}.'],
  'anti-passback': ['state', 'You are not known to have left or entered. Please ask the security desk.'],
  'area-full': ['state', 'The area is full. Please wait.'],
  'quota-used': ['state', 'Used up for now.'],
  'escort-required': ['state', 'Only with an escort.'],
  'asset-in-use': ['state', 'In use. Please wait until it is free.'],
  'interlock-open': ['state', 'Another door must be shut first.'],
  revoked: ['credential', notValidHere],
  suspended: ['credential', notValidHere],
  'epoch-too-old': ['credential', notValidHere],
  'unknown-credential': ['credential', notValidHere],
  'bad-proof': ['credential', notValidHere],
  'no-permission': ['right', noRight],
  prohibited: ['right', noRight],
  'not-commissioned': ['module', outOfService],
  'clock-untrusted': ['module', outOfService],
  lockdown: ['module', outOfService],
  'autonomy-exceeded': ['module', outOfService],
  'internal-error': ['module', outOfService],
}

const factorTexts = {
  pin: 'Please enter your PIN and present again.',
  biometric: 'Please confirm with finger or face and present again.',
  'second-person': 'A second person must present now.',
} as const

/** How long a holder waits for a time that nobody knows. */
const never = 'further notice'

export interface DisplayOptions {
  readonly decision: 'permit' | 'deny'
  /** The nearest miss, or the reason of the permit. */
  readonly reason: Reason
  readonly decisionId: string
  readonly timeZone: string
}

/** What the reader shows for a decision. */
export function displayOf({ decision, reason, decisionId, timeZone }: DisplayOptions): Display {
  const [family, template] = texts[reason.code]
  return { decision, family, text: textOf(reason, template, timeZone), decisionId }
}

/** Nobody is asked while a reader rests after many failed proofs. */
export function pausedDisplay(decisionId: string): Display {
  return { decision: 'deny', family: 'credential', text: paused, decisionId }
}

/** A permit that the actuator could not carry out. */
export function withActuatorFailed(display: Display): Display {
  return { ...display, family: 'module', text: outOfService }
}

function textOf(reason: Reason, template: string, timeZone: string): string {
  switch (reason.code) {
    case 'factor-required':
      return factorTexts[reason.factor]
    case 'factor-locked':
      return withTime(template, reason.until, timeZone)
    case 'outside-schedule':
      return withTime(template, reason.next, timeZone)
    case 'not-yet-valid':
      return withTime(template, reason.from, timeZone)
    case 'expired':
    case 'rest-time':
      return withTime(template, reason.at, timeZone)
    case 'qualification-missing':
    case 'qualification-expired':
      return template.replace('{name}', () => reason.qualification)
    default:
      return template
  }
}

function withTime(template: string, instant: number | 'never', timeZone: string): string {
  return template.replace('{time}', () => (instant === 'never' ? never : siteTime(instant, timeZone)))
}

/** `Tue 24 Nov 06:00`, as the clock on the wall shows it. */
function siteTime(instant: number, timeZone: string): string {
  const { date, minute } = instantToWall(timeZone, instant)
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]
  const time = [Math.floor(minute / 60), minute % 60].map(part => String(part).padStart(2, '0')).join(':')
  return `${weekday} ${day} ${months[month - 1]} ${time}`
}

/** In English, as all texts here; a format of the platform would load the data of all languages. */
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec']
