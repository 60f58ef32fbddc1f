import type { Instant, LocalDate, Minute } from '../site.ts'
import { dateOf, dayOf, dayOfCivil, secondsPerDay } from './local-date.ts'

/** What a correct clock on the wall of the site shows. */
export interface WallTime {
  readonly date: LocalDate
  /** Since midnight, 0 to 1439; as an input also 1440, the end of the date. */
  readonly minute: Minute
  readonly second?: number
}

/**
 * A wall time as one number: the seconds since 1970-01-01T00:00 that it would be if the zone were UTC. Dates and
 * times compare by it without any offset, as site.md §5 asks.
 */
export type WallSeconds = number

/** A stretch of instants, half-open, with one offset of the wall from UTC in seconds. */
export interface OffsetStretch {
  readonly from: Instant
  readonly to: Instant
  readonly offset: number
}

/**
 * Whether this is the exact IANA spelling of a zone that the platform knows (or `UTC`). Abbreviations and offsets are
 * not: they do not say when the clocks change. site.md §2, `timeZone`.
 */
export function isTimeZone(name: string): boolean {
  // The list holds no abbreviation that has a region, and costs less than a format: see `useProcessZone`.
  if (name === 'UTC' || (name.includes('/') && Intl.supportedValuesOf('timeZone').includes(name))) return true
  const canonical = canonicalZone(name)
  if (canonical === undefined) return false
  // A name without a region that the platform does not map to one is an abbreviation (CET, EST5EDT).
  if (canonical === name) return name.includes('/')
  // The platform takes any case and answers for links (Asia/Kathmandu) with another name, so their case is checked here.
  return canonical.toLowerCase() !== name.toLowerCase() && zoneWord.test(name)
}

/** The wall time at an instant; fractions of a second are cut. */
export function instantToWall(zone: string, instant: Instant): Required<WallTime> {
  const wall = wallSecondsAt(zone, instant)
  const day = Math.floor(wall / secondsPerDay)
  const rest = wall - day * secondsPerDay
  return { date: dateOf(day), minute: Math.floor(rest / 60), second: rest % 60 }
}

/**
 * The instant of a wall time. In a gap: the end of the gap. Occurring twice: the first as `from`, the second as `to`.
 * site.md §1, `instant`.
 */
export function wallToInstant(zone: string, wall: WallTime, end: 'from' | 'to'): Instant {
  const wanted = dayOf(wall.date) * secondsPerDay + wall.minute * 60 + (wall.second ?? 0)
  const stretches = offsetStretches(zone, wanted - widestOffset, wanted + widestOffset)
  const matches = stretches.filter(s => s.from <= wanted - s.offset && wanted - s.offset < s.to)
  const match = end === 'from' ? matches[0] : matches.at(-1)
  if (match !== undefined) return wanted - match.offset
  const behindGap = stretches.find(s => s.from + s.offset > wanted)
  if (behindGap === undefined) throw new RangeError(`no instant for ${wall.date} in ${zone}`)
  return behindGap.from
}

/** The wall time at an instant as one number; fractions of a second are cut. */
export function wallSecondsAt(zone: string, instant: Instant): WallSeconds {
  const second = Math.floor(instant)
  return second + offsetAt(zone, second)
}

/** The stretches of equal offset between two instants, in order and without a hole. */
export function offsetStretches(zone: string, from: Instant, to: Instant): readonly OffsetStretch[] {
  const stretches: OffsetStretch[] = []
  let start = from
  let offset = offsetAt(zone, from)
  for (let day = Math.floor(from / secondsPerDay); day * secondsPerDay < to; day++) {
    const change = changeOnDay(zone, day)
    if (change === undefined || change <= start || change >= to) continue
    stretches.push({ from: start, to: change, offset })
    start = change
    offset = offsetAt(zone, change)
  }
  stretches.push({ from: start, to, offset })
  return stretches
}

/** A zone's name in the case of the zone database; without a region only words (Japan), no abbreviations (CET, GB). */
const zoneWord =
  /^(?:US|(?:[A-Z][a-z]+)+)(?:[/_-](?:(?:[A-Z][a-z]+)+|ACT|LHI|NSW|IN|DumontDUrville|GMT|UTC|UCT|of|es|au))*$/

/** Wider than any offset and any jump of a zone that ever was (Apia: 24 h). */
const widestOffset = 2 * secondsPerDay

function canonicalZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The instant of the change on a UTC day, if there is one. No zone has changed twice within a UTC day. */
function changeOnDay(zone: string, day: number): Instant | undefined {
  let before = day * secondsPerDay
  let after = before + secondsPerDay
  const { offset } = dayStart(zone, day)
  if (offset === dayStart(zone, day + 1).offset) return undefined
  const known = dayStart(zone, day).change
  if (known !== undefined) return known
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (askOffset(zone, middle) === offset) before = middle
    else after = middle
  }
  dayStart(zone, day).change = after
  return after
}

function offsetAt(zone: string, second: number): number {
  const day = Math.floor(second / secondsPerDay)
  const change = changeOnDay(zone, day)
  return dayStart(zone, change !== undefined && second >= change ? day + 1 : day).offset
}

interface DayStart {
  readonly offset: number
  /** The change on this day, once it was looked for. */
  change?: number
}

/**
 * Offsets at the start of UTC days, by zone. A cache of constants of the zone database: whether it is filled changes no
 * answer. Bounded, since dates come from files.
 */
const dayStarts = new Map<string, Map<number, DayStart>>()
const maxCachedDays = 20_000
const maxCachedZones = 16

function dayStart(zone: string, day: number): DayStart {
  let days = dayStarts.get(zone)
  if (days === undefined) {
    if (dayStarts.size >= maxCachedZones) dayStarts.clear()
    days = new Map()
    dayStarts.set(zone, days)
  }
  let start = days.get(day)
  if (start === undefined) {
    if (days.size >= maxCachedDays) days.clear()
    start = { offset: askOffset(zone, day * secondsPerDay) }
    days.set(day, start)
  }
  return start
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The zone that `Date` shows as local time here. */
let processZone: string | undefined

/**
 * Says that this process's local time is the wall time of a zone, because the program has made it so: `Date` answers for
 * it then. The zone data is the same, so no answer changes; but the first format of `Intl` costs 9 MB and 20 ms, which a
 * module that knows one zone need not spend. `undefined`: nobody knows what local time is.
 */
export function useProcessZone(zone: string | undefined): void {
  processZone = zone
}

/** The offset by the platform's zone data. */
function askOffset(zone: string, second: number): number {
  if (zone === 'UTC') return 0
  if (zone === processZone) return localOffset(second)
  const shown = wallPattern.exec(formatFor(zone).format(second * 1000))
  if (shown === null) throw new RangeError(`the platform shows no time for ${second} in ${zone}`)
  const [month, day, year, hour, minute, sec] = shown.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const civilYear = shown[0].includes('B') ? 1 - year : year
  return dayOfCivil({ year: civilYear, month, day }) * secondsPerDay + hour * 3600 + minute * 60 + sec - second
}

function localOffset(second: number): number {
  const local = new Date(second * 1000)
  const day = dayOfCivil({ year: local.getFullYear(), month: local.getMonth() + 1, day: local.getDate() })
  return day * secondsPerDay + local.getHours() * 3600 + local.getMinutes() * 60 + local.getSeconds() - second
}

/** `11/24/2026 A, 14:00:00`: `B` marks years before 1. */
const wallPattern = /^(\d+)\/(\d+)\/(\d+) [AB][^,]*, (\d+):(\d+):(\d+)$/

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (format === undefined) {
    if (formats.size >= maxCachedZones) formats.clear()
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'narrow',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}
