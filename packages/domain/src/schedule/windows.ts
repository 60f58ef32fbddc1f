import type { Holidays, LocalDate, Minute, Schedule, ScheduleException, Site, Window } from '../site.ts'
import { type Day, dayOf, weekdayIndex, weekdays } from './local-date.ts'
import { parseRecurrence } from './recurrence.ts'
import { recurrenceDays, recursOn, type Series, seriesOf } from './recurrence-days.ts'

type Calendars = Site['calendars']

/** A window on the date on which it starts, in minutes since the midnight before. */
export interface DayWindow {
  readonly from: Minute
  /** Above 1440: on the next day; at most 2880. */
  readonly to: Minute
}

/** The windows that start on a date, in the order of the file, by the three steps of site.md §5. */
export function windowsOn(schedule: Schedule, calendars: Calendars, date: LocalDate): readonly DayWindow[] {
  return windowsOnDay(schedule, calendars, dayOf(date))
}

/** As `windowsOn`, for a day number. With `ignoreExclude`: as if no window had `holidays: exclude` (reason `holiday`). */
export function windowsOnDay(
  schedule: Schedule,
  calendars: Calendars,
  day: Day,
  { ignoreExclude = false }: { readonly ignoreExclude?: boolean } = {},
): readonly DayWindow[] {
  const compiled = compile(schedule)
  if (day < compiled.validFrom || day > compiled.validTo) return noWindows
  const exception = exceptionOn(compiled, day)
  if (exception !== undefined) return exception.windows
  const windows: DayWindow[] = []
  for (const window of compiled.windows) {
    if (fits(window, calendars, day, ignoreExclude)) windows.push(window.span)
  }
  return windows
}

/** Whether there is a window on any date from 2000-01-01 to 2099-12-31; else the schedule is the error `schedule-never`. */
export function scheduleHasWindow(schedule: Schedule, calendars: Calendars): boolean {
  const compiled = compile(schedule)
  const from = Math.max(compiled.validFrom, firstDay)
  const to = Math.min(compiled.validTo, lastDay)
  if (compiled.exceptions.some(e => e.windows.length > 0 && e.from <= to && e.to >= from)) return true
  return compiled.windows.some(window => {
    for (const day of candidateDays(window, calendars, from, to)) {
      if (exceptionOn(compiled, day) === undefined && fits(window, calendars, day, false)) return true
    }
    return false
  })
}

const firstDay = dayOf('2000-01-01')
const lastDay = dayOf('2099-12-31')
const noWindows: readonly DayWindow[] = []
const minutesPerDay = 1440

/** Days that a window can have: enough to find one, few enough for a thousand schedules. */
function* candidateDays(window: CompiledWindow, calendars: Calendars, from: Day, to: Day): Generator<Day> {
  const { holidays } = window
  if (holidays?.mode === 'only' || holidays?.mode === 'include') {
    for (const id of holidays.calendars) {
      for (const day of calendarDays(calendars, id)) if (day >= from && day <= to) yield day
    }
  }
  if (holidays?.mode === 'only') return
  if (window.series === undefined) for (let day = from; day <= to; day++) yield day
  else yield* recurrenceDays(window.series, from, to)
}

function fits(window: CompiledWindow, calendars: Calendars, day: Day, ignoreExclude: boolean): boolean {
  const { holidays, onlyAlone } = window
  if (holidays === undefined) return fitsBase(window, day)
  switch (holidays.mode) {
    case 'exclude':
      return fitsBase(window, day) && (ignoreExclude || !isHoliday(holidays, calendars, day))
    case 'include':
      return fitsBase(window, day) || isHoliday(holidays, calendars, day)
    case 'only':
      return isHoliday(holidays, calendars, day) && (onlyAlone || fitsBase(window, day))
  }
}

function fitsBase({ series, weekdayMask }: CompiledWindow, day: Day): boolean {
  return series === undefined ? ((weekdayMask >> weekdayIndex(day)) & 1) === 1 : recursOn(series, day)
}

const isHoliday = (holidays: Holidays, calendars: Calendars, day: Day): boolean =>
  holidays.calendars.some(id => calendarDays(calendars, id).has(day))

// What follows is computed once per schedule or calendar object: the model is immutable, so a cache by identity is exact.

interface CompiledWindow {
  readonly span: DayWindow
  readonly weekdayMask: number
  readonly series?: Series
  readonly holidays?: Holidays
  /** `holidays: only` without `days` or `recurrence`: every day of the calendars. */
  readonly onlyAlone: boolean
}

interface CompiledException {
  readonly from: Day
  readonly to: Day
  readonly windows: readonly DayWindow[]
}

interface CompiledSchedule {
  readonly validFrom: Day
  readonly validTo: Day
  readonly windows: readonly CompiledWindow[]
  /** In the order of their dates; they do not overlap (`duplicate-exception`). */
  readonly exceptions: readonly CompiledException[]
}

const compiledSchedules = new WeakMap<Schedule, CompiledSchedule>()

function compile(schedule: Schedule): CompiledSchedule {
  let compiled = compiledSchedules.get(schedule)
  if (compiled === undefined) {
    compiled = {
      validFrom: schedule.valid?.from === undefined ? -Infinity : dayOf(schedule.valid.from),
      validTo: schedule.valid?.to === undefined ? Infinity : dayOf(schedule.valid.to),
      windows: schedule.windows.map(window => compileWindow(window, window.holidays ?? schedule.holidays)),
      exceptions: schedule.exceptions.map(compileException).toSorted((a, b) => a.from - b.from),
    }
    compiledSchedules.set(schedule, compiled)
  }
  return compiled
}

function compileWindow(window: Window, holidays: Holidays | undefined): CompiledWindow {
  const days = window.days ?? weekdays
  return {
    span: spanOf(window),
    weekdayMask: days.reduce((mask, day) => mask | (1 << weekdays.indexOf(day)), 0),
    onlyAlone: window.days === undefined && window.recurrence === undefined,
    ...(window.recurrence && { series: compileSeries(window.recurrence) }),
    ...(holidays && { holidays }),
  }
}

function compileSeries({ start, rule }: { readonly start: LocalDate; readonly rule: string }): Series {
  const parsed = parseRecurrence(rule)
  if (!parsed.ok) throw new RangeError(`a recurrence of the model is ${parsed.code}: ${parsed.message}`)
  return seriesOf(parsed.recurrence, start)
}

const compileException = (exception: ScheduleException): CompiledException => ({
  from: dayOf(exception.from),
  to: dayOf(exception.to),
  windows: exception.windows.map(spanOf),
})

const spanOf = ({ from, to }: DayWindow): DayWindow => ({ from, to: to > from ? to : to + minutesPerDay })

/** Binary search: exceptions are sorted and do not overlap. */
function exceptionOn({ exceptions }: CompiledSchedule, day: Day): CompiledException | undefined {
  let low = 0
  let high = exceptions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((exceptions[middle] as CompiledException).to < day) low = middle + 1
    else high = middle
  }
  const found = exceptions[low]
  return found !== undefined && found.from <= day ? found : undefined
}

const calendarSets = new WeakMap<readonly LocalDate[], ReadonlySet<Day>>()

function calendarDays(calendars: Calendars, id: string): ReadonlySet<Day> {
  const dates = Object.hasOwn(calendars, id) ? calendars[id] : undefined
  // A calendar that is not there names no day; the parser reports it as unknown-reference.
  if (dates === undefined) return noDays
  let days = calendarSets.get(dates)
  if (days === undefined) {
    days = new Set(dates.map(dayOf))
    calendarSets.set(dates, days)
  }
  return days
}

const noDays: ReadonlySet<Day> = new Set()
