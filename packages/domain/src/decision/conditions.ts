import { closedBecause, holds, nextOpening } from '../schedule/holds.ts'
import type { Conditions } from '../site.ts'
import type { Candidate } from './candidates.ts'
import { evaluateFor, machineState } from './context-values.ts'
import { validityReasons } from './credential-checks.ts'
import { isEscorted } from './escort.ts'
import { fulfillingOrders } from './orders.ts'
import { own } from './own.ts'
import type { HolderQuestion } from './question.ts'
import type { Reason } from './reason.ts'
import { restReasons } from './rest.ts'
import { usesIn } from './uses.ts'

/** Step 11: what a candidate lacks, in the order of the table of site.md §3; the factors come in at their place. */
export function conditionReasons(
  question: HolderQuestion,
  candidate: Candidate,
  factorReasons: readonly Reason[],
): readonly Reason[] {
  const { when } = candidate
  return [
    ...periodReasons(question, candidate),
    ...scheduleReasons(question, when),
    ...factorReasons,
    ...placeReasons(question, when),
    ...contextReasons(question, when),
    ...machineReasons(question, when),
    ...qualificationReasons(question, when),
    ...(when.order !== undefined && fulfillingOrders(question, when.order).length === 0
      ? [{ code: 'order-missing' } as const]
      : []),
    ...(when.escort !== undefined && !isEscorted(question, when.escort) ? [{ code: 'escort-required' } as const] : []),
    ...quotaReasons(question, candidate),
    ...(when.rest === undefined ? [] : restReasons(question, when.rest)),
  ]
}

function periodReasons({ at }: HolderQuestion, candidate: Candidate): readonly Reason[] {
  const { from, to, when, supersededAt, grant } = candidate
  if (supersededAt !== undefined) return [{ code: 'expired', at: supersededAt }]
  // The reason names the end of the grant, not the one that a used-up grace would have given.
  const ownPeriod =
    grant !== undefined && to !== undefined && at >= to
      ? { to: grant.to }
      : { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  return [...validityReasons(ownPeriod, at), ...validityReasons(when, at)]
}

function scheduleReasons({ book, at, trace }: HolderQuestion, { schedule }: Conditions): readonly Reason[] {
  if (schedule === undefined) return []
  const isOpen = holds(book, schedule, at)
  trace.push({ what: `schedule ${schedule.join(', ')}`, value: isOpen ? 'holds' : 'does not hold' })
  if (isOpen) return []
  if (closedBecause(book, schedule, at) === 'holiday') return [{ code: 'holiday' }]
  return [{ code: 'outside-schedule', next: nextOpening(book, schedule, at) }]
}

function placeReasons({ position }: HolderQuestion, { zone, within }: Conditions): readonly Reason[] {
  const reasons: Reason[] = []
  if (zone !== undefined && !zone.some(id => position?.zones.includes(id))) reasons.push({ code: 'not-in-zone' })
  if (within !== undefined) {
    const distance = position?.distance === undefined ? Infinity : position.distance + (position.uncertainty ?? 0)
    // Written so that a distance that is no number is too far.
    if (!(distance <= within)) reasons.push({ code: 'too-far' })
  }
  return reasons
}

const contextReasons = (question: HolderQuestion, { context = [] }: Conditions): readonly Reason[] =>
  context.flatMap(({ name, expression }) =>
    evaluateFor(question, expression) === true ? [] : [{ code: 'context-failed', name } as const],
  )

function machineReasons(question: HolderQuestion, { machineState: states }: Conditions): readonly Reason[] {
  if (states === undefined) return []
  const state = machineState(question)
  return state !== undefined && states.includes(state) ? [] : [{ code: 'machine-state', state: state ?? 'unknown' }]
}

function qualificationReasons({ claims, at }: HolderQuestion, { qualification = [] }: Conditions): readonly Reason[] {
  return qualification.flatMap((id): readonly Reason[] => {
    const validity = own(claims.qualifications, id)
    if (validity === undefined || (validity.from !== undefined && at < validity.from))
      return [{ code: 'qualification-missing', qualification: id }]
    return validity.to !== undefined && at >= validity.to ? [{ code: 'qualification-expired', qualification: id }] : []
  })
}

function quotaReasons(
  { site, state, holder, at, trace }: HolderQuestion,
  { key, when: { quota } }: Candidate,
): readonly Reason[] {
  if (quota === undefined) return []
  const uses = usesIn({ site, state }, { rule: key, person: holder.person, per: quota.per, at })
  trace.push({ what: `uses (${quota.per})`, value: `${uses} of ${quota.uses}` })
  return uses < quota.uses ? [] : [{ code: 'quota-used' }]
}
