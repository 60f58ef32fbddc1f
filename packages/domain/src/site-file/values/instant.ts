import { dayOf, secondsPerDay } from '../../schedule/local-date.ts'
import { wallToInstant } from '../../schedule/zone.ts'
import type { Instant, Validity } from '../../site.ts'
import { defined, fields, type Reader } from '../fields.ts'
import { type Entry, quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { text } from './scalars.ts'
import { isDate, minutesPerDay } from './time.ts'

/** Which end of a period an instant is: a date, and a wall time that occurs twice, mean different instants. */
export type PeriodEnd = 'from' | 'to'

/** An instant in any of its three forms. site.md §1, `instant`. */
export const instant =
  (end: PeriodEnd): Reader<Instant> =>
  (node, scope) => {
    const value = text(node, scope)
    if (value === undefined) return undefined
    const parsed = parseInstant(value, { end, timeZone: scope.timeZone })
    if (parsed !== undefined) return parsed
    const forms =
      'a date YYYY-MM-DD, a wall time YYYY-MM-DDTHH:MM, or an instant with an offset as 2026-11-24T13:00:00Z'
    return void scope.report(node.at, 'bad-date', `expected ${forms}, got ${quote(value)}.`)
  }

/**
 * The instant that a text means, fractions of a second cut; undefined for none. A date is its start as `from` and its
 * end as `to`; a wall time in a gap is the end of the gap; one that occurs twice is the first as `from`, else the second.
 */
export function parseInstant(
  value: string,
  { end, timeZone }: { readonly end: PeriodEnd; readonly timeZone: string },
): Instant | undefined {
  if (isDate(value)) {
    // The end of a day is the first instant of the next, even if that wall time occurs twice.
    return wallToInstant(timeZone, { date: value, minute: end === 'from' ? 0 : minutesPerDay }, 'from')
  }
  const match = form.exec(value)
  const parts = match?.groups
  if (parts === undefined || !isDate(parts.date ?? '')) return undefined
  const { date = '', offset } = parts
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (offset === undefined) {
    if (parts.fraction !== undefined || value[date.length] !== 'T') return undefined
    return wallToInstant(timeZone, { date, minute: hour * 60 + minute, second }, end)
  }
  const offsetSeconds = parseOffset(offset)
  // RFC 3339 §5.6: with an offset, seconds are not optional.
  if (offsetSeconds === undefined || parts.second === undefined) return undefined
  return dayOf(date) * secondsPerDay + hour * 3_600 + minute * 60 + second - offsetSeconds
}

const form =
  /^(?<date>\d{4}-\d\d-\d\d)[Tt](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?<fraction>\.\d+)?)?(?<offset>[Zz]|[+-]\d\d:\d\d)?$/

function parseOffset(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4))]
  if (hours > 23 || minutes > 59) return undefined
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60)
}

/** A half-open period, each end optional. */
export const validity: Reader<Validity> = fields({ from: instant('from'), to: instant('to') }, (read, scope) => {
  reportEmptyPeriod(read.values, read.entry('to'), scope)
  return defined({ from: read.values.from, to: read.values.to })
})

/** A period must end after it begins; else `empty-window` at the value of `to`. */
export function reportEmptyPeriod(
  { from, to }: { readonly from?: Instant | undefined; readonly to?: Instant | undefined },
  end: Entry | undefined,
  scope: Scope,
): void {
  if (end === undefined || from === undefined || to === undefined || to > from) return
  scope.report(end.value.at, 'empty-window', '"to" is not after "from", so this never holds; correct one of the two.')
}
