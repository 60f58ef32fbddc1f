import { changeBundle } from './bundle-change.ts'
import { graceKey } from './candidates.ts'
import { type Claims, holderOfClaims } from './claims.ts'
import { command, intervene } from './commands.ts'
import { withoutWaiting } from './companion.ts'
import { type Decision, holderVerdict, stopVerdict, type Verdict } from './decide.ts'
import type { Event, TapEvent } from './events.ts'
import { recordOutcome } from './outcome.ts'
import { own, without } from './own.ts'
import { countPin } from './pin.ts'
import { aboutHolder, type HolderQuestion, type Question, questionOf } from './question.ts'
import { pruned } from './retention.ts'
import { type Attempt, contextPlace, type DatedValue, type State, type WaitingTap } from './state.ts'
import { countUses, localDate } from './uses.ts'
import type { World } from './world.ts'

/** What an event leads to. */
export interface Step {
  readonly state: State
  /** For taps. */
  readonly decision?: Decision
}

/**
 * One event: the state after it and, for a tap, the decision. Pure: no clock, no randomness, no I/O; the instant is in
 * the event. site.md §6 and §7. Never throws on a valid site; a caller that catches anything denies with `internal-error`.
 */
export function step(world: World, state: State, event: Event): Step {
  switch (event.type) {
    case 'tap':
      return stepTap(world, state, event)
    case 'outcome':
      return { state: recordOutcome(world, state, event) }
    case 'context':
      return { state: setContext(state, event) }
    case 'door':
      return { state: { ...state, doors: { ...state.doors, [event.asset]: event.state } } }
    case 'forgive':
      return {
        state: { ...state, locations: event.person === 'everyone' ? {} : without(state.locations, event.person) },
      }
    case 'lockdown':
    case 'evacuation':
      return { state: command(state, event) }
    case 'revoke':
    case 'suspend':
    case 'resume':
      return { state: intervene(world, state, event) }
    case 'epoch':
      return { state: { ...state, minimumEpoch: Math.max(state.minimumEpoch, event.minimum) } }
    case 'contact':
      return { state: { ...state, lastContact: event.at } }
    case 'order':
      return { state: { ...state, orders: { ...state.orders, [event.order]: event.state } } }
    case 'bundle':
      return { state: changeBundle(world, state, event.world) }
  }
}

function stepTap(world: World, before: State, tap: TapEvent): Step {
  const question = questionOf(world, before, tap)
  const stop = stopVerdict(question)
  if (stop !== undefined) return { decision: stop.decision, state: afterStop(question, stop) }
  // `stopVerdict` stops a tap without claims.
  const claims = tap.claims as Claims
  const state = countPin(aboutHolder(question, claims))
  const asked = { ...aboutHolder(question, claims), state }
  const verdict = holderVerdict(asked)
  return { decision: verdict.decision, state: pruned(world.site, afterTap(asked, claims, verdict), tap.at) }
}

/** An evacuation's permit may get an outcome; it moves the holder if the proof was good. */
function afterStop({ state, tap, point }: Question, { decision }: Verdict): State {
  if (decision.decision === 'deny') return state
  const isProven = tap.proof !== 'bad' && tap.claims !== undefined
  const attempt: Attempt = {
    ...point,
    at: tap.at,
    role: 'none',
    ...(isProven && tap.claims && { holder: holderOfClaims(tap.claims) }),
  }
  return { ...state, attempts: { ...state.attempts, [tap.id]: attempt } }
}

function afterTap(question: HolderQuestion, claims: Claims, verdict: Verdict): State {
  const waiting = withWaiting(question, claims, verdict)
  if (verdict.permittedBy === undefined) return waiting
  return withGrant(question, withPermit({ ...question, state: waiting }, claims, verdict), verdict)
}

/** A tap of a person waits, replacing the earlier one; a permit that needed a companion uses up both. */
function withWaiting({ state, point, holder, at, known }: HolderQuestion, claims: Claims, verdict: Verdict): State {
  const order = state.order + 1
  if (!known) return { ...state, order }
  const gone = [holder.person, ...(verdict.companion === undefined ? [] : [verdict.companion.person])]
  const waiting = withoutWaiting(state.waiting, point, gone)
  if (holder.robot || verdict.companion !== undefined) return { ...state, order, waiting }
  const tap: WaitingTap = { ...point, holder: holderOfClaims(claims), at, order, good: verdict.goodForCompanion }
  return { ...state, order, waiting: [...waiting, tap] }
}

/** Step 13: the use is counted, the permit may escort others, the outcome is awaited. */
function withPermit({ site, state, tap, point, holder, at }: HolderQuestion, claims: Claims, verdict: Verdict): State {
  const { permittedBy, companion, decision } = verdict
  if (permittedBy === undefined) return state
  const remembered = holderOfClaims(claims)
  const use = { rule: permittedBy.key, date: localDate(site, at) }
  const session = decision.obligations.find(obligation => obligation.kind === 'session')
  const attempt: Attempt = {
    ...point,
    at,
    holder: remembered,
    use,
    role: holder.roles[0] ?? 'none',
    ...(companion && { with: companion }),
    ...(session && { sessionUntil: session.until }),
  }
  const counted = countUses(state, { ...use, person: holder.person, by: 1 })
  return {
    ...counted,
    permits: holder.robot
      ? state.permits
      : [...state.permits, { holder: remembered, asset: point.asset, side: point.side, at }],
    attempts: { ...state.attempts, [tap.id]: attempt },
  }
}

/** A direct grant that permitted: its booking sequence is accepted, and its grace is used up behind its end. */
function withGrant({ point, at }: HolderQuestion, state: State, { permittedBy }: Verdict): State {
  const grant = permittedBy?.grant
  if (grant === undefined) return state
  const { highest, graceUsed } = state.grants
  const accepted = own(highest, point.asset)
  const isHigher = grant.sequence !== undefined && (accepted === undefined || grant.sequence > accepted.sequence)
  return {
    ...state,
    grants: {
      highest: isHigher ? { ...highest, [point.asset]: { sequence: grant.sequence, at } } : highest,
      graceUsed: at >= grant.to ? [...graceUsed, graceKey(point.asset, grant.id)] : graceUsed,
    },
  }
}

function setContext(state: State, { at, asset, area, values }: Extract<Event, { type: 'context' }>): State {
  const place = contextPlace({ ...(asset !== undefined && { asset }), ...(area !== undefined && { area }) })
  let there: Readonly<Record<string, DatedValue>> = own(state.context, place) ?? {}
  for (const [name, value] of Object.entries(values)) {
    there = value === null ? without(there, name) : { ...there, [name]: { value, at } }
  }
  return { ...state, context: { ...state.context, [place]: there } }
}
