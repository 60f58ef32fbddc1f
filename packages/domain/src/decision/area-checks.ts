import type { Area, Subject } from '../site.ts'
import { areasNamed, liesIn, type Passage } from './areas.ts'
import type { Holder } from './claims.ts'
import { matchesFunction, matchesSubject } from './matching.ts'
import { own } from './own.ts'
import { peopleInside, rememberedMatches } from './people-inside.ts'
import type { HolderQuestion } from './question.ts'
import type { Reason } from './reason.ts'

/**
 * Step 8, site.md §6.4. What depends on the second person is asked for each candidate: `second` is the one with whom a
 * candidate that needs one would go.
 */
export interface AreaChecks {
  readonly reasons: (second: Holder | undefined) => readonly Reason[]
  /** Soft anti-passback was offended. */
  readonly softPassback: boolean
}

/** The checks of areas and of the asset in use, in their order. */
export function areaChecks(question: HolderQuestion): AreaChecks {
  // Robots have places, but only interlocks and assets in use concern them.
  const passage = question.holder.robot ? undefined : question.passage
  const passback = passage ? antiPassback(question, passage) : noOffence
  const last = [...interlockReasons(question), ...inUseReasons(question)]
  return {
    softPassback: passback.soft,
    reasons: second => [
      ...(passback.hard ? [{ code: 'anti-passback' } as const] : []),
      ...(passage ? [...fullReasons(question, passage, second), ...firstPersonReasons(question, passage, second)] : []),
      ...last,
    ],
  }
}

/** Whether the rule of two persons asks for a second one: to enter what is empty, to leave one other behind. */
export function asksForSecondPerson({ world, state, site, holder, passage }: HolderQuestion): boolean {
  if (passage === undefined || holder.robot) return false
  const others = (area: string): number =>
    peopleInside(world, state, area).filter(person => person !== holder.person).length
  return (
    areasNamed(site.areas, passage.entered).some(({ id, area }) => area.twoPersonRule && others(id) === 0) ||
    areasNamed(site.areas, passage.left).some(({ id, area }) => area.twoPersonRule && others(id) === 1)
  )
}

const noOffence = { hard: false, soft: false }

function antiPassback(question: HolderQuestion, passage: Passage): { readonly hard: boolean; readonly soft: boolean } {
  const { site, holder } = question
  const exempt = (subjects: readonly Subject[]): boolean => matchesSubject(subjects, holder)
  const offended = (direction: 'enter' | 'leave', ids: readonly string[]): readonly ('hard' | 'soft' | 'timed')[] =>
    areasNamed(site.areas, ids).flatMap(({ id, area: { antiPassback: rule } }) =>
      rule !== undefined && !exempt(rule.exempt) && offends(question, { direction, id, rule }) ? [rule.mode] : [],
    )
  const modes = [...offended('enter', passage.entered), ...offended('leave', passage.left)]
  return { hard: modes.some(mode => mode !== 'soft'), soft: modes.includes('soft') }
}

/** An unknown place never offends. */
function offends(
  { site, state, holder, at, trace }: HolderQuestion,
  {
    direction,
    id,
    rule,
  }: { readonly direction: 'enter' | 'leave'; readonly id: string; readonly rule: NonNullable<Area['antiPassback']> },
): boolean {
  const place = own(state.locations, holder.person)?.area
  if (place === undefined) return false
  const inside = liesIn(site.areas, place, id)
  if (direction === 'leave') return rule.mode !== 'timed' && !inside
  if (!inside || rule.mode !== 'timed') return inside
  const entered = own(own(state.passages, holder.person) ?? {}, id)
  if (entered === undefined) return false
  trace.push({ what: `last passage into ${id}`, value: `${Math.floor(at - entered)} s ago` })
  return at - entered < (rule.for ?? 0)
}

function fullReasons(
  { world, site, state, holder, trace }: HolderQuestion,
  passage: Passage,
  second: Holder | undefined,
): readonly Reason[] {
  const coming = second === undefined ? 1 : 2
  const full = areasNamed(site.areas, passage.entered).some(({ id, area: { occupancy } }) => {
    if (occupancy === undefined) return false
    const others = peopleInside(world, state, id).filter(
      person => person !== holder.person && person !== second?.person,
    ).length
    trace.push({ what: `others in ${id}`, value: `${others} of ${occupancy}` })
    return others + coming > occupancy
  })
  return full ? [{ code: 'area-full' }] : []
}

function firstPersonReasons(question: HolderQuestion, passage: Passage, second: Holder | undefined): readonly Reason[] {
  const { world, site, state, holder, at } = question
  const waits = areasNamed(site.areas, passage.entered).some(({ id, area: { firstPersonIn } }) => {
    if (firstPersonIn === undefined || state.opened.includes(id) || matchesSubject(firstPersonIn, holder)) return false
    return (
      second === undefined || !rememberedMatches(world, firstPersonIn, { person: second.person, holder: second }, at)
    )
  })
  return waits ? [{ code: 'escort-required' }] : []
}

/** Contacts are shut until something else is known. */
function interlockReasons({ site, state, point, passage, trace }: HolderQuestion): readonly Reason[] {
  if (passage === undefined) return []
  const others = site.interlocks
    .filter(({ doors }) => doors.includes(point.asset))
    .flatMap(({ doors }) => doors.filter(door => door !== point.asset))
  const open = others.filter(door => (own(state.doors, door) ?? 'shut') !== 'shut')
  for (const door of open) trace.push({ what: `contact of ${door}`, value: own(state.doors, door) ?? 'shut' })
  return open.length > 0 ? [{ code: 'interlock-open' }] : []
}

/** Another holder has an unexpired session with an exclusive function. */
function inUseReasons({ asset, state, point, holder, at }: HolderQuestion): readonly Reason[] {
  const exclusive = asset?.session?.exclusive ?? 'none'
  if (exclusive === 'none' || !matchesFunction(exclusive, point.function)) return []
  const other = state.sessions.find(
    session =>
      session.asset === point.asset &&
      session.person !== holder.person &&
      matchesFunction(exclusive, session.function) &&
      (session.until === undefined || at < session.until),
  )
  return other === undefined ? [] : [{ code: 'asset-in-use', role: other.role }]
}
