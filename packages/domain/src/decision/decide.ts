import type { TraceEntry } from '../audit-record/audit-record.ts'
import { type AreaChecks, areaChecks } from './area-checks.ts'
import { type Candidate, candidatesFor } from './candidates.ts'
import type { Holder } from './claims.ts'
import { companionOf } from './companion.ts'
import { conditionReasons } from './conditions.ts'
import { credentialReasons } from './credential-checks.ts'
import { factorResult } from './factors.ts'
import { isCovered } from './lockdown.ts'
import { moduleReasons } from './module-checks.ts'
import { nearestMiss, sortedReasons } from './nearest-miss.ts'
import type { Obligation } from './obligation.ts'
import { duressObligation, permitObligations, unlockObligation } from './obligations.ts'
import { placeReasons } from './place-checks.ts'
import { prohibitionReasons } from './prohibitions.ts'
import { doorKind, type HolderQuestion, openFunction, type Question } from './question.ts'
import type { Reason } from './reason.ts'

/** The answer to a tap. site.md §6.1, output. */
export interface Decision {
  readonly decision: 'permit' | 'deny'
  /** Id of the rule, order or grant; absent in an evacuation. */
  readonly by?: string
  /** The second person, if one was needed and used. */
  readonly with?: string
  /** Ordered, nearest miss first; a permit has exactly one. */
  readonly reasons: readonly Reason[]
  readonly obligations: readonly Obligation[]
  /** What reasons and conditions rested on, for the record; holds no personal values. */
  readonly trace: readonly TraceEntry[]
}

/** A decision with what the state must learn from it. */
export interface Verdict {
  readonly decision: Decision
  /** Steps 1 to 3 ended it: nothing waits, nothing is counted. */
  readonly stopped: boolean
  /** The candidate that permitted, at step 13. */
  readonly permittedBy?: Candidate
  readonly companion?: Holder
  /** Some candidate lacked nothing but a second person, if that: the tap may make somebody's companion. */
  readonly goodForCompanion: boolean
}

/** Steps 1 to 3 of site.md §6.2: those that stop. Undefined: go on with the holder. */
export function stopVerdict(question: Question): Verdict | undefined {
  const { world, state, tap, asset, known, point } = question
  if (world.commissioned === false) return stopped(question, { code: 'not-commissioned' })
  const opensInEvacuation =
    known && asset?.failSafe === true && asset.kind === doorKind && point.function === openFunction
  if (opensInEvacuation && isCovered(question, state.evacuations)) {
    const obligations = unlockObligation(asset, point.function, tap.claims?.extendedTime === true)
    const decision: Decision = {
      decision: 'permit',
      reasons: [{ code: 'permitted-emergency' }],
      obligations,
      trace: question.trace,
    }
    return { decision, stopped: true, goodForCompanion: false }
  }
  if (tap.proof === 'bad') return stopped(question, { code: 'bad-proof' })
  return tap.claims === undefined ? stopped(question, { code: 'unknown-credential' }) : undefined
}

/** Steps 4 to 8 and 10 to 14 of site.md §6.2, on a state in which the PIN of this tap is already counted (step 9). */
export function holderVerdict(question: HolderQuestion): Verdict {
  const before = [...moduleReasons(question), ...credentialReasons(question), ...placeReasons(question)]
  const areas = question.known ? areaChecks(question) : noAreaChecks
  const common = question.known ? [...before, ...prohibitionReasons(question)] : before
  const candidates = candidatesFor(question)
  if (candidates.length === 0) {
    return denied(question, sortedReasons([...common, ...areas.reasons(undefined), { code: 'no-permission' }]), false)
  }
  const companion = companionOf(question)
  const judged = candidates.map(candidate => judge(question, candidate, { common, areas, companion }))
  const first = judged.find(({ unmet }) => unmet.length === 0)
  const good = judged.some(({ unmet }) => unmet.every(isSecondPersonMissing))
  if (first === undefined) return denied(question, nearestMiss(judged.map(({ unmet }) => unmet)), good)
  return permitted(question, first, areas)
}

interface Judged {
  readonly candidate: Candidate
  readonly unmet: readonly Reason[]
  /** The second person with whom this candidate would be used. */
  readonly second?: Holder
}

const noAreaChecks: AreaChecks = { reasons: () => [], softPassback: false }

/** Step 11: what a candidate lacks. */
function judge(
  question: HolderQuestion,
  candidate: Candidate,
  {
    common,
    areas,
    companion,
  }: { readonly common: readonly Reason[]; readonly areas: AreaChecks; readonly companion: Holder | undefined },
): Judged {
  const factors = factorResult(question, candidate.when.factors ?? [], companion)
  const second = factors.needsSecondPerson ? companion : undefined
  const burden = candidate.override ? common.filter(({ code }) => code !== 'lockdown') : common
  const unmet = [...burden, ...areas.reasons(second), ...conditionReasons(question, candidate, factors.unmet)]
  return { candidate, unmet, ...(second && { second }) }
}

const isSecondPersonMissing = (reason: Reason): boolean =>
  reason.code === 'factor-required' && reason.factor === 'second-person'

/** Step 13. */
function permitted(question: HolderQuestion, { candidate, second }: Judged, areas: AreaChecks): Verdict {
  const isOverride = isCovered(question, question.state.lockdowns)
  const decision: Decision = {
    decision: 'permit',
    by: candidate.id,
    ...(second && { with: second.person }),
    reasons: [{ code: isOverride ? 'permitted-override' : 'permitted' }],
    obligations: permitObligations(question, candidate, areas.softPassback),
    trace: traceOf(question),
  }
  return {
    decision,
    stopped: false,
    permittedBy: candidate,
    goodForCompanion: true,
    ...(second && { companion: second }),
  }
}

/** Steps 12 and 14. */
function denied(question: HolderQuestion, reasons: readonly Reason[], goodForCompanion: boolean): Verdict {
  const obligations = duressObligation(question.factors.pin)
  return {
    decision: { decision: 'deny', reasons, obligations, trace: traceOf(question) },
    stopped: false,
    goodForCompanion,
  }
}

function stopped(question: Question, reason: Reason): Verdict {
  const decision: Decision = { decision: 'deny', reasons: [reason], obligations: [], trace: question.trace }
  return { decision, stopped: true, goodForCompanion: false }
}

/** Several rules may have read the same value: each entry once. */
function traceOf({ trace }: Question): readonly TraceEntry[] {
  return [...new Map(trace.map(entry => [`${entry.what}\n${entry.value}`, entry])).values()]
}
