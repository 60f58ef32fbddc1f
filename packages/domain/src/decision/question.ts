import type { TraceEntry } from '../audit-record/audit-record.ts'
import { type ScheduleBook, scheduleBook } from '../schedule/holds.ts'
import type { Asset, Functions, Instant, ObjectRef, Site, Subject } from '../site.ts'
import { type Passage, passageOf } from './areas.ts'
import type { Claims } from './claims.ts'
import type { Position, ShownFactors, TapEvent } from './events.ts'
import { type Identity, identify, matchesFunction, matchesObject, matchesSubject } from './matching.ts'
import { own } from './own.ts'
import type { AccessPoint, State } from './state.ts'
import type { World } from './world.ts'

/** A tap with all that is computed once for it: what every step of the algorithm reads. */
export interface Question {
  readonly world: World
  readonly site: Site
  readonly state: State
  readonly book: ScheduleBook
  readonly tap: TapEvent
  readonly at: Instant
  readonly point: AccessPoint
  readonly factors: ShownFactors
  /** Undefined: unknown to the bundle. */
  readonly asset?: Asset
  /** The asset is known and has the function: else there is no candidate, nor steps 7 and 8. */
  readonly known: boolean
  /** A known door and its function `open`. */
  readonly passage?: Passage
  /** Undefined: stale or missing. */
  readonly position?: Position
  /** What reasons and conditions rested on, in the order in which it was read; without personal values. */
  readonly trace: TraceEntry[]
}

/** A question about somebody: from step 4 on. */
export interface HolderQuestion extends Question {
  readonly claims: Claims
  readonly holder: Identity
}

export const doorKind = 'door'
export const openFunction = 'open'

/** The question that a tap asks. */
export function questionOf(world: World, state: State, tap: TapEvent): Question {
  const { site } = world
  const asset = own(site.assets, tap.asset)
  const isDoor = asset?.kind === doorKind
  const name = tap.function ?? openFunction
  const side = (isDoor ? tap.side : undefined) ?? 'in'
  const known = asset?.functions.includes(name) === true
  const position = freshPosition(site, tap)
  return {
    world,
    site,
    state,
    book: scheduleBook(site),
    tap,
    at: tap.at,
    point: { asset: tap.asset, side, function: name },
    factors: tap.factors ?? {},
    known,
    trace: [],
    ...(asset && { asset }),
    ...(asset && isDoor && known && name === openFunction && { passage: passageOf(site.areas, asset, side) }),
    ...(position && { position }),
  }
}

/** The question about the holder whom the claims name. */
export function aboutHolder(question: Question, claims: Claims): HolderQuestion {
  return { ...question, claims, holder: identify(question.site, claims, question.at) }
}

/** Whether a rule is about this holder, asset and function. site.md §6.3. */
export function matches(
  question: HolderQuestion,
  rule: { readonly who?: readonly Subject[]; readonly on: readonly ObjectRef[]; readonly may: Functions },
): boolean {
  const { site, point, asset, holder } = question
  return (
    asset !== undefined &&
    matchesFunction(rule.may, point.function) &&
    matchesObject(site, rule.on, point.asset, asset) &&
    (rule.who === undefined || matchesSubject(rule.who, holder))
  )
}

/** site.md §2, `positionMaxAge`: an older position counts as missing. */
function freshPosition(site: Site, { position, at }: TapEvent): Position | undefined {
  return position !== undefined && at - position.at <= site.site.positionMaxAge ? position : undefined
}
