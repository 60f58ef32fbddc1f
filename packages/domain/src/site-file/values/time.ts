import { daysInMonth, weekdays } from '../../schedule/local-date.ts'
import type { LocalDate, Minute, Weekday } from '../../site.ts'
import { list, type Reader } from '../fields.ts'
import { type Node, quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { nearestName } from '../suggestion.ts'
import { text } from './scalars.ts'

/** A wall time; `24:00` only as an end. */
export const time =
  (side: 'from' | 'to'): Reader<Minute> =>
  (node, scope) => {
    const value = text(node, scope)
    if (value === undefined) return undefined
    const match = /^(\d\d):(\d\d)$/.exec(value)
    const minute = match === null ? undefined : minuteOf(Number(match[1]), Number(match[2]))
    if (minute !== undefined && (minute < minutesPerDay || side === 'to')) return minute
    const range = side === 'to' ? '00:00 to 24:00' : '00:00 to 23:59'
    return void scope.report(node.at, 'bad-time', `expected a time "HH:MM" from ${range}, got ${quote(value)}.`)
  }

export const minutesPerDay = 1440

function minuteOf(hour: number, minute: number): Minute | undefined {
  if (hour === 24 && minute === 0) return minutesPerDay
  return hour <= 23 && minute <= 59 ? hour * 60 + minute : undefined
}

/** A date of the site. */
export const date: Reader<LocalDate> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined) return undefined
  if (isDate(value)) return value
  return void scope.report(node.at, 'bad-date', `expected a date of the calendar "YYYY-MM-DD", got ${quote(value)}.`)
}

/** Whether a text is `YYYY-MM-DD` and the calendar has that day; years from 0001. */
export function isDate(value: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** A length of time in seconds; a day is 24 hours. */
export const duration: Reader<number> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined) return undefined
  const match = /^(\d{1,15})([smhd])$/.exec(value)
  const seconds = match === null ? Number.NaN : Number(match[1]) * (secondsOf.get(match[2] ?? '') ?? Number.NaN)
  if (Number.isSafeInteger(seconds)) return seconds
  const message = `expected a whole number and one of s, m, h, d, such as 90s or 12h, got ${quote(value)}.`
  return void scope.report(node.at, 'bad-duration', message)
}

const secondsOf: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
])

/** Weekdays in the order of the week, each once; ranges may wrap. An empty list is no window. */
export const days: Reader<readonly Weekday[]> = (node, scope) => {
  if (node.kind === 'list' && node.items.length === 0)
    return void scope.report(node.at, 'empty-window', 'there is no day in this list; name days or leave the key out.')
  const named = list(someDays)(node, scope)?.flat() ?? []
  const set = new Set(named)
  return set.size === 0 ? undefined : weekdays.filter(day => set.has(day))
}

function someDays(node: Node, scope: Scope): readonly Weekday[] | undefined {
  const value = text(node, scope)
  if (value === undefined) return undefined
  if (value === daily) return weekdays
  const words: readonly string[] = weekdays
  const [first, last, ...more] = value.split('-').map(word => words.indexOf(word))
  if (first !== undefined && first >= 0 && more.length === 0) {
    if (last === undefined) return weekdays.slice(first, first + 1)
    if (last >= 0)
      return first <= last
        ? weekdays.slice(first, last + 1)
        : [...weekdays.slice(first), ...weekdays.slice(0, last + 1)]
  }
  const known = [...weekdays, daily]
  const message = `expected ${known.join(', ')} or a range such as mon-fri, got ${quote(value)}.`
  return void scope.report(node.at, 'bad-value', message, nearestName(value, known))
}

const daily = 'daily'
