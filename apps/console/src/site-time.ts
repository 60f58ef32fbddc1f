/**
 * Instants as the clock on the site's wall shows them, always with the zone's name. Instants come as RFC 3339 strings;
 * whoever looks from another zone still reads the site's time.
 */

/** How much of an instant is shown: a row of a list, a whole date, or a date with seconds for evidence. */
export type TimeForm = 'clock' | 'day' | 'date' | 'day-and-clock' | 'full'

const locale = 'en-GB'
const formats = new Map<string, Intl.DateTimeFormat>()

const optionsOf: Readonly<Record<TimeForm, Intl.DateTimeFormatOptions>> = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
  day: { weekday: 'short', day: 'numeric', month: 'short', timeZoneName: 'short' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  'day-and-clock': { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  full: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  },
}

/** A format is dear to make and cheap to use: one is kept for each zone and form. */
function formatOf(timeZone: string, form: TimeForm): Intl.DateTimeFormat {
  const key = `${timeZone} ${form}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, { ...optionsOf[form], timeZone, hourCycle: 'h23' })
  formats.set(key, made)
  return made
}

/** `14:07:03 CET`. What is no instant comes back as it is, so that evidence is never hidden. */
export function siteTime(instant: string, timeZone: string, form: TimeForm = 'full'): string {
  const at = Date.parse(instant)
  return Number.isNaN(at) ? instant : formatOf(timeZone, form).format(at)
}

/** The same in two parts, so that a list can print the zone smaller: `['14:07:03', 'CET']`. */
export function siteTimeParts(
  instant: string,
  timeZone: string,
  form: TimeForm,
): readonly [time: string, zone: string] {
  const at = Date.parse(instant)
  if (Number.isNaN(at)) return [instant, '']
  const parts = formatOf(timeZone, form).formatToParts(at)
  const zone = parts.find(part => part.type === 'timeZoneName')?.value ?? ''
  const time = parts.filter(part => part.type !== 'timeZoneName').map(part => part.value)
  return [time.join('').trim().replace(/,$/, ''), zone]
}

/** Do both instants fall on one day of the site? A list prints the date where they do not. */
export function isSameSiteDay(one: string, other: string, timeZone: string): boolean {
  return siteTime(one, timeZone, 'date') === siteTime(other, timeZone, 'date')
}

const instantInText = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g

/** A text of the service or a module, its instants told in site time. */
export function withSiteTimes(text: string, tell: (instant: string) => string): string {
  return text.replaceAll(instantInText, instant => tell(instant))
}

const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** A duration in its largest unit, and the next one where it says something: `2 d`, `1 h 20 min`, `45 s`. */
export function durationText(ms: number): string {
  const rest = Math.max(0, Math.round(ms / 1000) * 1000)
  const index = units.findIndex(([, length]) => rest >= length)
  const largest = units[index]
  if (!largest) return '0 s'
  const [name, length] = largest
  const count = Math.floor(rest / length)
  const next = units[index + 1]
  const remainder = next ? Math.floor((rest - count * length) / next[1]) : 0
  return next && remainder > 0 && count < 10 ? `${count} ${name} ${remainder} ${next[0]}` : `${count} ${name}`
}
