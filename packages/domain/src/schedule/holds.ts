import type { Instant, Site } from '../site.ts'
import { secondsPerDay } from './local-date.ts'
import { windowsOnDay } from './windows.ts'
import { offsetStretches, wallSecondsAt } from './zone.ts'

/** What a question about schedules needs of a site. */
export interface ScheduleBook {
  readonly timeZone: string
  readonly calendars: Site['calendars']
  readonly schedules: Site['schedules']
}

/** The schedules of a site. */
export function scheduleBook(site: Pick<Site, 'site' | 'calendars' | 'schedules'>): ScheduleBook {
  return { timeZone: site.site.timeZone, calendars: site.calendars, schedules: site.schedules }
}

/** The built-in schedule that always holds. */
const alwaysSchedule = 'always'

/** How far next opening and end are looked for. site.md §5. */
const horizon = 366 * secondsPerDay

/** Whether any of the schedules holds at an instant. */
export function holds(book: ScheduleBook, ids: readonly string[], at: Instant): boolean {
  return ids.includes(alwaysSchedule) || isOpen(book, ids, at, { ignoreExclude: false })
}

/** Why none of the schedules holds: one of them would without its `exclude`, or not. site.md §3, row `schedule`. */
export function closedBecause(book: ScheduleBook, ids: readonly string[], at: Instant): 'holiday' | 'outside-schedule' {
  return isOpen(book, ids, at, { ignoreExclude: true }) ? 'holiday' : 'outside-schedule'
}

/** The next opening of the union, for schedules that do not hold: within 366 days, else `never`. */
export function nextOpening(book: ScheduleBook, ids: readonly string[], at: Instant): Instant | 'never' {
  for (const { from } of stretches(book, ids, at)) {
    if (from > at) return from <= at + horizon ? from : 'never'
  }
  return 'never'
}

/** The end of the present stretch of the union, for schedules of which one holds: within 366 days, else `never`. */
export function holdsUntil(book: ScheduleBook, ids: readonly string[], at: Instant): Instant | 'never' {
  if (ids.includes(alwaysSchedule)) return 'never'
  for (const { to } of stretches(book, ids, at)) {
    if (to > at) return to <= at + horizon ? to : 'never'
  }
  return 'never'
}

/** Compared on the wall: only windows of the wall's date and of the day before can matter. site.md §5. */
function isOpen(
  book: ScheduleBook,
  ids: readonly string[],
  at: Instant,
  options: { readonly ignoreExclude: boolean },
): boolean {
  const wall = wallSecondsAt(book.timeZone, at)
  const today = Math.floor(wall / secondsPerDay)
  return [today - 1, today].some(day => {
    const minute = (wall - day * secondsPerDay) / 60
    return schedulesOf(book, ids).some(schedule =>
      windowsOnDay(schedule, book.calendars, day, options).some(({ from, to }) => from <= minute && minute < to),
    )
  })
}

const schedulesOf = ({ schedules }: ScheduleBook, ids: readonly string[]): readonly Site['schedules'][string][] =>
  ids.flatMap(id => {
    const schedule = Object.hasOwn(schedules, id) ? schedules[id] : undefined
    return schedule === undefined ? [] : [schedule]
  })

interface Stretch {
  readonly from: Instant
  readonly to: Instant
}

/**
 * The united stretches in which one of the schedules holds, from an instant to behind the horizon, in order. Between two
 * clock changes wall time and instants differ by a constant, so windows are cut at the changes and shifted.
 */
function* stretches(book: ScheduleBook, ids: readonly string[], at: Instant): Generator<Stretch> {
  let open: Stretch | undefined
  for (const stretch of pieces(book, ids, Math.floor(at))) {
    if (open === undefined) open = stretch
    else if (stretch.from > open.to) {
      yield open
      open = stretch
    } else if (stretch.to > open.to) open = { from: open.from, to: stretch.to }
  }
  if (open !== undefined) yield open
}

/** The windows as instants, by rising start, not yet united. */
function* pieces(book: ScheduleBook, ids: readonly string[], at: Instant): Generator<Stretch> {
  const schedules = schedulesOf(book, ids)
  for (const { from, to, offset } of offsetStretches(book.timeZone, at, at + horizon + secondsPerDay)) {
    const lastDay = Math.floor((to - 1 + offset) / secondsPerDay)
    for (let day = Math.floor((from + offset) / secondsPerDay) - 1; day <= lastDay; day++) {
      const midnight = day * secondsPerDay - offset
      const windows = schedules.flatMap(schedule => windowsOnDay(schedule, book.calendars, day))
      for (const window of windows.toSorted((a, b) => a.from - b.from)) {
        const piece = { from: Math.max(from, midnight + window.from * 60), to: Math.min(to, midnight + window.to * 60) }
        if (piece.from < piece.to) yield piece
      }
    }
  }
}
