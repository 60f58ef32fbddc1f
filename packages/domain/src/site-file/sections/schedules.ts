import { dayOf } from '../../schedule/local-date.ts'
import { parseRecurrence } from '../../schedule/recurrence.ts'
import { scheduleHasWindow } from '../../schedule/windows.ts'
import type { Holidays, LocalDate, Minute, Schedule, ScheduleException, Site, Window } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import {
  defined,
  type Fields,
  fields,
  list,
  type Reader,
  record,
  reportConflict,
  reportMissingKey,
  required,
  writtenKeys,
} from '../fields.ts'
import { maxCalendarDates, maxVainWindows, maxWindows } from '../limits.ts'
import type { Scope } from '../scope.ts'
import { declares } from '../values/id.ts'
import { reference } from '../values/reference.ts'
import { onlyTrue, text } from '../values/scalars.ts'
import { date, days, minutesPerDay, time } from '../values/time.ts'
import { Periods } from './periods.ts'

/** The `calendars` section. */
export const calendars: Reader<Site['calendars']> = (node, scope) => {
  const read = record(list(date), { checkKey: declares() })(node, scope)
  const count = Object.values(read ?? {}).reduce((sum, dates) => sum + dates.length, 0)
  if (count > maxCalendarDates)
    scope.report(node.at, 'out-of-range', `all calendars together may have ${maxCalendarDates} dates, not ${count}.`)
  return read
}

const recurrence = fields({ start: required(date), rule: required(text) }, (read, scope) => {
  const { start, rule } = read.values
  if (rule === undefined) return undefined
  const parsed = parseRecurrence(rule)
  if (parsed.ok) return start === undefined ? undefined : { start, rule }
  return void scope.report(read.entry('rule')?.value.at ?? read.at, parsed.code, `${parsed.message}.`)
})

const holidayModes = {
  exclude: list(reference('calendars')),
  include: list(reference('calendars')),
  only: list(reference('calendars')),
}

const holidays: Reader<Holidays> = fields(holidayModes, (read, scope) => {
  const [first] = writtenKeys(read, modes)
  if (first === undefined) return void reportMissingKey(read.at, scope, modes.join('", "'))
  const message = 'days off are named by exactly one of exclude, include and only; keep one of them.'
  if (reportConflict(read, scope, { keys: modes, message })) return undefined
  return { mode: first, calendars: read.values[first] ?? [] }
})
const modes = ['exclude', 'include', 'only'] as const

const span = { from: time('from'), to: time('to') }
const spanOf = ({ values }: Fields<typeof span>): { from: Minute; to: Minute } => ({
  from: values.from ?? 0,
  to: values.to ?? minutesPerDay,
})

const windowShape = { ...span, days, recurrence }

const makeWindow = (read: Fields<typeof windowShape>, scope: Scope): Window => {
  const message = 'a window has either "days" or a "recurrence", which says its own dates; keep one of them.'
  reportConflict(read, scope, { keys: ['days', 'recurrence'], message })
  return { ...defined({ days: read.values.days, recurrence: read.values.recurrence }), ...spanOf(read) }
}

const longWindow: Reader<Window> = fields({ ...windowShape, holidays }, (read, scope) => ({
  ...makeWindow(read, scope),
  ...defined({ holidays: read.values.holidays }),
}))

/** A list that must not be empty, for an empty list of windows is a schedule that never holds. */
const windowsOf =
  <T>(window: Reader<T>): Reader<readonly T[]> =>
  (node, scope) => {
    if (node.kind === 'list' && node.items.length === 0)
      return void scope.report(
        node.at,
        'empty-window',
        'there is no window in this list; write one, or "closed: true".',
      )
    const windows = list(window)(node, scope)
    if (node.kind === 'list' && node.items.length > maxWindows)
      scope.report(node.at, 'out-of-range', `at most ${maxWindows} windows, got ${node.items.length}.`)
    return windows
  }

const exceptionShape = { date, from: date, to: date, closed: onlyTrue, windows: windowsOf(fields(span, spanOf)) }

interface PlacedException extends ScheduleException {
  readonly at: number
}

const exception: Reader<PlacedException> = fields(exceptionShape, (read, scope) => {
  const dates = exceptionDates(read, scope)
  const message = 'a day is either closed or has windows; keep one of the two.'
  reportConflict(read, scope, { keys: ['closed', 'windows'], message })
  if (read.entry('closed') === undefined && read.entry('windows') === undefined)
    reportMissingKey(read.at, scope, 'closed: true" or "windows')
  // Whatever is wrong with its windows, its dates may be another's.
  return dates && { ...dates, windows: read.values.windows ?? [], at: read.at }
})

function exceptionDates(
  read: Fields<typeof exceptionShape>,
  scope: Scope,
): { readonly from: LocalDate; readonly to: LocalDate } | undefined {
  const [other = 'to'] = writtenKeys(read, ['from', 'to'] as const)
  const message = 'an exception has either a "date" or "from" and "to"; keep one of the two.'
  if (reportConflict(read, scope, { keys: ['date', other], message })) return undefined
  if (read.entry('date') !== undefined) {
    const { date: only } = read.values
    return only === undefined ? undefined : { from: only, to: only }
  }
  if (read.entry(other) === undefined) return void reportMissingKey(read.at, scope, 'date" or "from" and "to')
  if (read.entry('from') === undefined) reportMissingKey(read.at, scope, 'from')
  if (read.entry('to') === undefined) reportMissingKey(read.at, scope, 'to')
  return datesInOrder(read, scope)
}

const datesInOrder = (
  read: Pick<Fields<{ from: Reader<LocalDate>; to: Reader<LocalDate> }>, 'values' | 'entry'>,
  scope: Scope,
): { readonly from: LocalDate; readonly to: LocalDate } | undefined => {
  const { from, to } = read.values
  if (from === undefined || to === undefined) return undefined
  if (from <= to) return { from, to }
  const at = read.entry('to')?.value.at ?? 0
  return void scope.report(at, 'empty-window', '"to" is before "from"; both dates are included, correct one of them.')
}

const valid: Reader<NonNullable<Schedule['valid']>> = fields({ from: date, to: date }, (read, scope) => {
  datesInOrder(read, scope)
  return defined({ from: read.values.from, to: read.values.to })
})

const exceptions: Reader<readonly PlacedException[]> = list(exception)

const scheduleShape = { ...windowShape, holidays, valid, exceptions, windows: windowsOf(longWindow) }

const windowKeys = ['days', 'recurrence', 'from', 'to'] as const satisfies readonly (keyof typeof windowShape)[]

/** A schedule, long or short. site.md §5. Whether it ever holds is checked with the calendars. */
const schedule: Reader<Schedule> = fields(scheduleShape, (read, scope) => {
  const { values } = read
  const [windowKey] = writtenKeys(read, windowKeys)
  if (windowKey !== undefined) {
    const message = 'a schedule has either "windows" or the keys of its one window; move them into "windows".'
    reportConflict(read, scope, { keys: ['windows', windowKey], message })
  }
  reportDoubleExceptions(values.exceptions ?? [], scope)
  const windows = read.entry('windows') === undefined ? [makeWindow(read, scope)] : (values.windows ?? [])
  return {
    windows,
    exceptions: (values.exceptions ?? []).map(({ from, to, windows: open }) => ({ from, to, windows: open })),
    ...defined({ valid: values.valid, holidays: values.holidays }),
  }
})

function reportDoubleExceptions(all: readonly PlacedException[], scope: Scope): void {
  const covered = new Periods()
  for (const { from, to, at } of all) {
    if (covered.add(dayOf(from), dayOf(to) + 1))
      scope.report(
        at,
        'duplicate-exception',
        'an earlier exception has one of these dates already; give each date once.',
      )
  }
}

/** The `schedules` section. One that is right by itself must also hold at some time. */
export const schedules =
  (named: Site['calendars']): Reader<Site['schedules']> =>
  (node, scope) => {
    const search = new WindowSearch(named)
    return record(
      (value, inner, _id, keyAt) => {
        const before = inner.errorCount()
        const read = schedule(value, inner)
        if (read !== undefined && inner.errorCount() === before) search.check(read, keyAt, inner)
        return read
      },
      { checkKey: declares(builtIn.schedule) },
    )(node, scope)
  }

/**
 * Looks for the first day of each schedule. A window without any day takes a look at every day of a century, so that a
 * file may have only so many of them.
 */
class WindowSearch {
  readonly #calendars: Site['calendars']
  #vain = 0

  constructor(named: Site['calendars']) {
    this.#calendars = named
  }

  check(read: Schedule, keyAt: number, scope: Scope): void {
    if (this.#vain > maxVainWindows) return
    if (scheduleHasWindow({ ...read, windows: [] }, this.#calendars)) return
    for (const window of read.windows) {
      if (scheduleHasWindow({ ...read, windows: [window] }, this.#calendars)) return
      this.#vain++
      if (this.#vain > maxVainWindows) {
        const message = `more than ${maxVainWindows} windows of this file are on no day at all; remove them.`
        return void scope.report(keyAt, 'out-of-range', message)
      }
    }
    const message = 'this schedule holds on no day until 2099; check days, holidays and dates.'
    scope.report(keyAt, 'schedule-never', message)
  }
}
