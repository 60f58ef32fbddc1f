import { type Day, dateOf, dayOf, weekdayIndex } from '../schedule/local-date.ts'
import { instantToWall } from '../schedule/zone.ts'
import type { Conditions, Instant, LocalDate, Site } from '../site.ts'
import { own } from './own.ts'
import type { State, Uses } from './state.ts'

type Period = NonNullable<Conditions['quota']>['per']

/** Dates with uses that are kept for a person and rule: more than any month has. */
const maxDays = 40

/** Uses by a person under a rule in the period that an instant lies in, by local date. site.md §6.6. */
export function usesIn(
  { site, state }: { readonly site: Site; readonly state: State },
  {
    rule,
    person,
    per,
    at,
  }: { readonly rule: string; readonly person: string; readonly per: Period; readonly at: Instant },
): number {
  const uses = own(own(state.uses, rule) ?? {}, person)
  if (uses === undefined || per === 'total') return uses?.total ?? 0
  const today = dayOf(localDate(site, at))
  return Object.entries(uses.days).reduce(
    (sum, [date, count]) => sum + (isSamePeriod(per, dayOf(date), today) ? count : 0),
    0,
  )
}

/** The local date of the site at an instant. */
export function localDate(site: Site, at: Instant): LocalDate {
  return instantToWall(site.site.timeZone, at).date
}

/** The state with `by` uses more (or less) on a date. */
export function countUses(
  state: State,
  {
    rule,
    person,
    date,
    by,
  }: { readonly rule: string; readonly person: string; readonly date: LocalDate; readonly by: 1 | -1 },
): State {
  const people = own(state.uses, rule) ?? {}
  const uses: Uses = own(people, person) ?? { total: 0, days: {} }
  const days = { ...uses.days, [date]: Math.max(0, (own(uses.days, date) ?? 0) + by) }
  const latest = Object.entries(days)
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(-maxDays)
  const next: Uses = { total: Math.max(0, uses.total + by), days: Object.fromEntries(latest) }
  return { ...state, uses: { ...state.uses, [rule]: { ...people, [person]: next } } }
}

function isSamePeriod(per: Exclude<Period, 'total'>, a: Day, b: Day): boolean {
  if (per === 'day') return a === b
  if (per === 'week') return a - weekdayIndex(a) === b - weekdayIndex(b)
  return dateOf(a).slice(0, 7) === dateOf(b).slice(0, 7)
}
