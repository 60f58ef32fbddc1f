import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dateOf, dayOf } from '../../src/schedule/local-date.ts'
import { parseRecurrence } from '../../src/schedule/recurrence.ts'
import { scheduleHasWindow, windowsOn } from '../../src/schedule/windows.ts'
import type { Schedule } from '../../src/site.ts'

const scheduleOf = (start: string, rule: string): Schedule => ({
  windows: [{ recurrence: { start, rule }, from: 480, to: 540 }],
  exceptions: [],
})

/** The dates on which a recurrence puts its window, from its start over some years. */
function datesOf(start: string, rule: string, years = 4): readonly string[] {
  const schedule = scheduleOf(start, rule)
  const days = Array.from({ length: years * 366 }, (_, i) => dateOf(dayOf(start) + i))
  return days.filter(date => windowsOn(schedule, {}, date).length > 0)
}

describe('what a rule yields', () => {
  test.each([
    [
      '2026-01-05',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=4',
      ['2026-01-05', '2026-01-09', '2026-01-19', '2026-01-23'],
    ],
    ['2026-01-31', 'FREQ=MONTHLY;COUNT=3', ['2026-01-31', '2026-03-31', '2026-05-31']],
    ['2026-01-01', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3', ['2026-01-30', '2026-02-27', '2026-03-31']],
    ['2026-01-01', 'FREQ=MONTHLY;BYMONTHDAY=1,-1;BYSETPOS=2;COUNT=2', ['2026-01-31', '2026-02-28']],
    ['2026-01-01', 'FREQ=YEARLY;BYDAY=1MO,-1MO;COUNT=4', ['2026-01-05', '2026-12-28', '2027-01-04', '2027-12-27']],
    [
      '2026-01-01',
      'FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU;COUNT=4',
      ['2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'],
    ],
    ['2026-03-15', 'FREQ=YEARLY;BYMONTH=2,3;COUNT=3', ['2026-03-15', '2027-02-15', '2027-03-15']],
    ['2026-01-01', 'FREQ=DAILY;BYMONTHDAY=13;BYDAY=FR;COUNT=3', ['2026-02-13', '2026-03-13', '2026-11-13']],
    ['2026-01-01', 'FREQ=DAILY;INTERVAL=100;UNTIL=20260721', ['2026-01-01', '2026-04-11', '2026-07-20']],
    ['2026-01-04', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=3', ['2026-01-04', '2026-01-05', '2026-01-18']],
    ['2026-01-06', 'FREQ=WEEKLY;BYDAY=MO;COUNT=2', ['2026-01-12', '2026-01-19']],
    ['2024-02-29', 'FREQ=YEARLY;COUNT=2', ['2024-02-29', '2028-02-29']],
    ['2026-01-15', 'FREQ=WEEKLY;UNTIL=20260101', []],
  ])('%s %s', (start, rule, dates) => {
    expect(datesOf(start, rule, 5)).toEqual(dates)
  })
})

describe('what is refused', () => {
  test.each([
    ['FREQ=HOURLY', 'rrule-unsupported'],
    ['FREQ=YEARLY;BYWEEKNO=20', 'rrule-unsupported'],
    ['FREQ=DAILY;BYHOUR=8', 'rrule-unsupported'],
    ['FREQ=YEARLY;BYYEARDAY=1', 'rrule-unsupported'],
    ['FREQ=DAILY;X-MINE=1', 'rrule-unsupported'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20260201', 'rrule-invalid'],
    ['FREQ=WEEKLY;BYDAY=1MO', 'rrule-invalid'],
    ['FREQ=DAILY;BYDAY=-1MO', 'rrule-invalid'],
    ['INTERVAL=2', 'rrule-invalid'],
    ['', 'rrule-invalid'],
    ['FREQ=DAILY;', 'rrule-invalid'],
    ['FREQ=DAILY;FREQ=DAILY', 'rrule-invalid'],
    ['FREQ=SOMETIMES', 'rrule-invalid'],
    ['FREQ=DAILY;INTERVAL=0', 'rrule-invalid'],
    ['FREQ=DAILY;INTERVAL=-1', 'rrule-invalid'],
    ['FREQ=DAILY;COUNT=0', 'rrule-invalid'],
    ['FREQ=MONTHLY;BYMONTHDAY=32', 'rrule-invalid'],
    ['FREQ=MONTHLY;BYMONTHDAY=0', 'rrule-invalid'],
    ['FREQ=MONTHLY;BYDAY=0MO', 'rrule-invalid'],
    ['FREQ=MONTHLY;BYDAY=54MO', 'rrule-invalid'],
    ['FREQ=MONTHLY;BYDAY=MO,', 'rrule-invalid'],
    ['FREQ=YEARLY;BYMONTH=13', 'rrule-invalid'],
    ['FREQ=DAILY;UNTIL=20260230', 'rrule-invalid'],
    ['FREQ=DAILY;UNTIL=20260101T000000Z', 'rrule-invalid'],
    ['FREQ=DAILY;WKST=1MO', 'rrule-invalid'],
    ['FREQ=DAILY=2', 'rrule-invalid'],
  ] as const)('%s is %s', (rule, code) => {
    expect(parseRecurrence(rule)).toMatchObject({ ok: false, code })
  })
})

test('any text is parsed or refused, never thrown at', () => {
  const parts = fc.constantFrom('FREQ=', 'DAILY', 'BYDAY=', 'MO', ';', ',', '-1', '2', 'UNTIL=', '2026', 'COUNT=', '=')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts, { maxLength: 12 }).map(found => found.join('')),
      ),
      rule => {
        expect(typeof parseRecurrence(rule).ok).toBe('boolean')
      },
    ),
    { numRuns: 500 },
  )
})

describe('a schedule without a window between 2000 and 2099', () => {
  const never = (schedule: Schedule): boolean => !scheduleHasWindow(schedule, { none: [], sundays: ['2026-11-29'] })
  const whole = { from: 0, to: 1440 }

  test('a recurrence on 30 February has none', () => {
    expect(never(scheduleOf('2026-02-01', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'))).toBe(true)
    expect(never(scheduleOf('2026-02-01', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29'))).toBe(false)
  })

  test('only days of an empty calendar, or of other weekdays, are none', () => {
    const only = (calendar: string, days?: 'mon' | 'sun'): Schedule => ({
      windows: [{ ...whole, ...(days && { days: [days] }) }],
      holidays: { mode: 'only', calendars: [calendar] },
      exceptions: [],
    })
    expect([never(only('none')), never(only('sundays', 'mon'))]).toEqual([true, true])
    expect([never(only('sundays')), never(only('sundays', 'sun'))]).toEqual([false, false])
  })

  test('validity and closed days count', () => {
    const monday = (schedule: Partial<Schedule>): Schedule => ({
      windows: [{ ...whole, days: ['mon'] }],
      exceptions: [],
      ...schedule,
    })
    expect(never(monday({ valid: { from: '2020-01-06', to: '2020-01-06' } }))).toBe(false)
    expect(never(monday({ valid: { from: '2020-01-07', to: '2020-01-12' } }))).toBe(true)
    const closed = [{ from: '2020-01-06', to: '2020-01-06', windows: [] }]
    expect(never(monday({ valid: { from: '2020-01-06', to: '2020-01-06' }, exceptions: closed }))).toBe(true)
  })

  test('a hundred windows that never come are judged at once', () => {
    const windows = Array.from(
      { length: 100 },
      () => scheduleOf('2000-01-01', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30').windows,
    ).flat()
    expect(never({ windows, exceptions: [] })).toBe(true)
  })
})
