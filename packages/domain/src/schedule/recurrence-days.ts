import { type CivilDate, civilOf, type Day, dayOf, dayOfCivil, daysInMonth, weekdayIndex } from './local-date.ts'
import type { Recurrence, WeekdayRule } from './recurrence.ts'

/** A recurrence with its start, and what is taken from the start because the rule does not say it. */
export interface Series {
  readonly start: Day
  /** The last day that can count: 2099-12-31, UNTIL, or where COUNT is used up. */
  readonly end: Day
  readonly rule: Recurrence
}

/** No recurrence goes on after this date. site.md §5. */
const lastRecurrenceDay: Day = dayOf('2099-12-31')

/** The series of a rule from a start date on. */
export function seriesOf(rule: Recurrence, startDate: string): Series {
  const start = dayOf(startDate)
  const filled = withDefaults(rule, civilOf(start), weekdayIndex(start))
  const until = rule.until === undefined ? lastRecurrenceDay : Math.min(lastRecurrenceDay, dayOf(rule.until))
  const open = { start, end: until, rule: filled }
  return rule.count === undefined ? open : { ...open, end: lastCounted(open, rule.count) }
}

/** Whether the series has a day. */
export function recursOn(series: Series, day: Day): boolean {
  if (day < series.start || day > series.end) return false
  const { rule } = series
  const period = periodOf(rule, day)
  if ((period - periodOf(rule, series.start)) % rule.interval !== 0) return false
  if (!passesFilters(rule, day)) return false
  return rule.bySetPosition === undefined || daysOfPeriod(rule, period).includes(day)
}

/** The days of a series between two days, in order; both inclusive. */
export function* recurrenceDays(series: Series, from: Day, to: Day): Generator<Day> {
  const { rule, start } = series
  const first = periodOf(rule, start)
  const begin = Math.max(from, start)
  const end = Math.min(to, series.end)
  if (begin > end) return
  const skipped = Math.max(0, Math.floor((periodOf(rule, begin) - first) / rule.interval))
  for (let period = first + skipped * rule.interval; period <= periodOf(rule, end); period += rule.interval) {
    for (const day of daysOfPeriod(rule, period)) {
      if (day >= begin && day <= end) yield day
    }
  }
}

function lastCounted(series: Series, count: number): Day {
  let counted = 0
  for (const day of recurrenceDays(series, series.start, series.end)) {
    counted++
    if (counted === count) return day
  }
  return series.end
}

/** Without BYDAY and BYMONTHDAY the day comes from the start. site.md §5. */
function withDefaults(rule: Recurrence, start: CivilDate, weekday: number): Recurrence {
  if (rule.byDay !== undefined || rule.byMonthDay !== undefined) return rule
  switch (rule.frequency) {
    case 'DAILY':
      return rule
    case 'WEEKLY':
      return { ...rule, byDay: [{ weekday }] }
    case 'MONTHLY':
      return { ...rule, byMonthDay: [start.day] }
    case 'YEARLY':
      return { ...rule, byMonthDay: [start.day], byMonth: rule.byMonth ?? [start.month] }
  }
}

/** The number of the day, week, month or year in which a day lies; only differences mean something. */
function periodOf(rule: Recurrence, day: Day): number {
  if (rule.frequency === 'DAILY') return day
  if (rule.frequency === 'WEEKLY') return Math.floor((day + daysFromMonday - rule.weekStart) / 7)
  const { year, month } = civilOf(day)
  return rule.frequency === 'MONTHLY' ? year * 12 + month - 1 : year
}

/** 1970-01-01 was a Thursday, three days after Monday. */
const daysFromMonday = 3

/** The days of a period that pass the filters, after BYSETPOS. */
function daysOfPeriod(rule: Recurrence, period: number): readonly Day[] {
  const days: Day[] = []
  for (const { first, length } of spansOf(rule, period)) {
    for (let day = first; day < first + length; day++) {
      if (passesFilters(rule, day)) days.push(day)
    }
  }
  if (rule.bySetPosition === undefined) return days
  const picked = new Set(rule.bySetPosition.map(position => (position > 0 ? position - 1 : days.length + position)))
  return days.filter((_, index) => picked.has(index))
}

/** The days of a period; of a year only the months that can pass, which keeps sparse rules fast. */
function spansOf(rule: Recurrence, period: number): readonly { first: Day; length: number }[] {
  switch (rule.frequency) {
    case 'DAILY':
      return [{ first: period, length: 1 }]
    case 'WEEKLY':
      return [{ first: period * 7 - daysFromMonday + rule.weekStart, length: 7 }]
    case 'MONTHLY':
      return [month(Math.floor(period / 12), (period % 12) + 1)]
    case 'YEARLY':
      return allMonths.filter(m => rule.byMonth?.includes(m) ?? true).map(m => month(period, m))
  }
}

const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]

const month = (year: number, number: number): { first: Day; length: number } => ({
  first: dayOfCivil({ year, month: number, day: 1 }),
  length: daysInMonth(year, number),
})

function passesFilters(rule: Recurrence, day: Day): boolean {
  const date = civilOf(day)
  if (rule.byMonth !== undefined && !rule.byMonth.includes(date.month)) return false
  if (rule.byMonthDay !== undefined && !passesMonthDay(rule.byMonthDay, date)) return false
  return rule.byDay === undefined || rule.byDay.some(entry => passesWeekday(rule, entry, day, date))
}

function passesMonthDay(monthDays: readonly number[], { year, month: m, day }: CivilDate): boolean {
  const fromEnd = day - daysInMonth(year, m) - 1
  return monthDays.some(wanted => wanted === day || wanted === fromEnd)
}

function passesWeekday(rule: Recurrence, { weekday, ordinal }: WeekdayRule, day: Day, date: CivilDate): boolean {
  if (weekdayIndex(day) !== weekday) return false
  if (ordinal === undefined) return true
  const ofYear = rule.frequency === 'YEARLY' && rule.byMonth === undefined
  const first = dayOfCivil({ year: date.year, month: ofYear ? 1 : date.month, day: 1 })
  const last = ofYear
    ? dayOfCivil({ year: date.year, month: 12, day: 31 })
    : first + daysInMonth(date.year, date.month) - 1
  return ordinal > 0 ? Math.floor((day - first) / 7) + 1 === ordinal : -Math.floor((last - day) / 7) - 1 === ordinal
}
