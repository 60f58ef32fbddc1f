import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closedBecause, holds, holdsUntil, nextOpening, type ScheduleBook } from '../../src/schedule/holds.ts'
import { dateOf, dayOf, weekdayIndex, weekdays } from '../../src/schedule/local-date.ts'
import { instantToWall } from '../../src/schedule/zone.ts'
import type { Holidays, Schedule, Window } from '../../src/site.ts'

const at = (text: string): number => Date.parse(text) / 1000
const minute = 60
const day = 86_400

/** Zones with the days around a change of their clocks, or a skipped date. */
const places = [
  { timeZone: 'Europe/Zurich', around: '2026-03-29' },
  { timeZone: 'Europe/Zurich', around: '2026-10-25' },
  { timeZone: 'Australia/Lord_Howe', around: '2026-04-05' },
  { timeZone: 'America/Sao_Paulo', around: '2018-11-04' },
  { timeZone: 'Pacific/Apia', around: '2011-12-30' },
  { timeZone: 'Africa/Casablanca', around: '2026-02-15' },
  { timeZone: 'UTC', around: '2026-11-24' },
]

/** The schedule of site.md §5 word by word: for every date, then compared as text. */
function slowHolds(book: ScheduleBook, ids: readonly string[], instant: number): boolean {
  const { date, minute: wallMinute } = instantToWall(book.timeZone, instant)
  const wall = `${date} ${String(wallMinute).padStart(4, '0')}`
  const place = (on: number, minutes: number): string =>
    minutes >= 1440 ? place(on + 1, minutes - 1440) : `${dateOf(on)} ${String(minutes).padStart(4, '0')}`
  return ids.some(id => {
    const schedule = book.schedules[id]
    if (schedule === undefined) return id === 'always'
    return [-2, -1, 0, 1].some(offset => {
      const on = dayOf(date) + offset
      return slowWindows(book, schedule, on).some(
        ({ from, to }) => place(on, from) <= wall && wall < place(on, to > from ? to : to + 1440),
      )
    })
  })
}

function slowWindows(
  { calendars }: ScheduleBook,
  schedule: Schedule,
  on: number,
): readonly { from: number; to: number }[] {
  const date = dateOf(on)
  const { valid, exceptions, windows } = schedule
  if ((valid?.from ?? '') > date || (valid?.to ?? '9999') < date) return []
  const exception = exceptions.find(({ from, to }) => from <= date && date <= to)
  if (exception !== undefined) return exception.windows
  return windows.filter(window => {
    const base = (window.days ?? weekdays).includes(weekdays[weekdayIndex(on)] as 'mon')
    const holidays = window.holidays ?? schedule.holidays
    const isHoliday = holidays?.calendars.some(id => calendars[id]?.includes(date)) ?? false
    if (holidays === undefined) return base
    if (holidays.mode === 'exclude') return base && !isHoliday
    if (holidays.mode === 'include') return base || isHoliday
    return isHoliday && (window.days === undefined || base)
  })
}

const time = fc.integer({ min: 0, max: 95 }).map(quarter => quarter * 15)
const span = fc.record({ from: time, to: fc.oneof(time, fc.constant(1440)) })
const holidays: fc.Arbitrary<Holidays> = fc.record({
  mode: fc.constantFrom('exclude', 'include', 'only'),
  calendars: fc.subarray(['free', 'works'], { minLength: 1 }),
})
const window = fc
  .record({
    span,
    days: fc.option(fc.subarray([...weekdays], { minLength: 1 }), { nil: undefined }),
    holidays: fc.option(holidays, { nil: undefined }),
  })
  .map(
    ({ span: { from, to }, days, holidays: own }): Window => ({
      from,
      to,
      ...(days && { days }),
      ...(own && { holidays: own }),
    }),
  )

/** A place, a book of two schedules around it, and an instant nearby. */
const questions = fc.constantFrom(...places).chain(({ timeZone, around }) => {
  const near = (offset: number): string => dateOf(dayOf(around) + offset)
  const date = fc.integer({ min: -4, max: 4 }).map(near)
  const schedule: fc.Arbitrary<Schedule> = fc
    .record({
      windows: fc.array(window, { minLength: 1, maxLength: 3 }),
      holidays: fc.option(holidays, { nil: undefined }),
      exception: fc.option(fc.record({ date, windows: fc.array(span, { maxLength: 2 }) }), { nil: undefined }),
      valid: fc.option(fc.record({ from: date }), { nil: undefined }),
    })
    .map(({ windows, holidays: own, exception, valid }) => ({
      windows,
      exceptions: exception ? [{ from: exception.date, to: exception.date, windows: exception.windows }] : [],
      ...(own && { holidays: own }),
      ...(valid && { valid }),
    }))
  return fc.record({
    book: fc.record({
      timeZone: fc.constant(timeZone),
      calendars: fc.record({ free: fc.array(date), works: fc.array(date) }),
      schedules: fc.record({ a: schedule, b: schedule }),
    }),
    ids: fc.constantFrom(['a'], ['b'], ['a', 'b']),
    instant: fc
      .integer({ min: -2 * 96, max: 2 * 96 })
      .map(quarter => at(`${around}T00:00:00Z`) + quarter * 15 * minute + 7),
  })
})

test('a schedule holds exactly when a window of a date says so on the wall', () => {
  fc.assert(
    fc.property(questions, ({ book, ids, instant }) => {
      expect(holds(book, ids, instant)).toBe(slowHolds(book, ids, instant))
    }),
    { numRuns: 1000 },
  )
})

test('until and next are the first minute at which the answer changes', () => {
  fc.assert(
    fc.property(questions, ({ book, ids, instant }) => {
      const open = slowHolds(book, ids, instant)
      const change = open ? holdsUntil(book, ids, instant) : nextOpening(book, ids, instant)
      // Every change of these zones falls on a whole minute.
      const scan = Array.from({ length: (3 * day) / minute }, (_, i) => instant - (instant % minute) + (i + 1) * minute)
      const found = scan.find(u => slowHolds(book, ids, u) !== open)
      if (found !== undefined) expect(change).toBe(found)
      else expect(change === 'never' || change > (scan.at(-1) ?? 0)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('until and next agree with holds on both sides of the change', () => {
  fc.assert(
    fc.property(questions, ({ book, ids, instant }) => {
      const open = holds(book, ids, instant)
      const change = open ? holdsUntil(book, ids, instant) : nextOpening(book, ids, instant)
      if (change === 'never') return
      expect(change).toBeGreaterThan(instant)
      expect(holds(book, ids, change - 1)).toBe(open)
      expect(holds(book, ids, change)).toBe(!open)
    }),
    { numRuns: 300 },
  )
})

test('a denial for a holiday means that a window of that time is excluded', () => {
  fc.assert(
    fc.property(questions, ({ book, ids, instant }) => {
      const withoutExclude = (schedule: Schedule): Schedule => {
        const { holidays: own, ...rest } = schedule
        const windows = schedule.windows.map(({ holidays: ofWindow, ...window_ }) => {
          const used = ofWindow ?? own
          return { ...window_, ...(used && used.mode !== 'exclude' && { holidays: used }) }
        })
        return { ...rest, windows }
      }
      if (holds(book, ids, instant)) return
      const schedules = Object.fromEntries(
        Object.entries(book.schedules).map(([id, schedule]) => [id, withoutExclude(schedule)]),
      )
      const expected = slowHolds({ ...book, schedules }, ids, instant) ? 'holiday' : 'outside-schedule'
      expect(closedBecause(book, ids, instant)).toBe(expected)
    }),
    { numRuns: 500 },
  )
})

describe('bounds', () => {
  const bookOf = (schedule: Schedule): ScheduleBook => ({ timeZone: 'UTC', calendars: {}, schedules: { a: schedule } })
  const once = (date: string): ScheduleBook =>
    bookOf({ windows: [], exceptions: [{ from: date, to: date, windows: [{ from: 480, to: 540 }] }] })

  test('an opening 366 days ahead is seen, one second later is never', () => {
    const book = once('2027-11-25')
    expect(nextOpening(book, ['a'], at('2026-11-24T08:00:00Z'))).toBe(at('2027-11-25T08:00:00Z'))
    expect(nextOpening(book, ['a'], at('2026-11-24T07:59:59Z'))).toBe('never')
  })

  test('an end 366 days ahead is seen, one second later is never', () => {
    const book = bookOf({ windows: [{ from: 0, to: 1440 }], exceptions: [], valid: { to: '2026-12-31' } })
    expect(holdsUntil(book, ['a'], at('2025-12-31T00:00:00Z'))).toBe(at('2027-01-01T00:00:00Z'))
    expect(holdsUntil(book, ['a'], at('2025-12-30T23:59:59Z'))).toBe('never')
  })

  test('a schedule that the book does not have never holds', () => {
    const book = once('2027-11-25')
    expect(holds(book, ['gone', 'constructor'], 0)).toBe(false)
    expect(nextOpening(book, ['gone'], 0)).toBe('never')
  })

  test('always holds without end', () => {
    expect(holds(once('2027-11-25'), ['always'], 0)).toBe(true)
    expect(holdsUntil(once('2027-11-25'), ['a', 'always'], 0)).toBe('never')
  })
})
