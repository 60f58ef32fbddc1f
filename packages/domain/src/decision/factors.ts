import { holds } from '../schedule/holds.ts'
import type { Factor, FactorEntry } from '../site.ts'
import { asksForSecondPerson } from './area-checks.ts'
import type { Holder } from './claims.ts'
import { own } from './own.ts'
import { pinKey } from './pin.ts'
import { type HolderQuestion, matches } from './question.ts'
import { type Reason, weightOf } from './reason.ts'
import { rulesOf } from './rule-index.ts'

/** What a candidate's factors come to. site.md §6.5. */
export interface FactorResult {
  readonly unmet: readonly Reason[]
  readonly needsSecondPerson: boolean
}

/** Judges the factors that a candidate needs. */
export function factorResult(
  question: HolderQuestion,
  candidate: readonly FactorEntry[],
  companion: Holder | undefined,
): FactorResult {
  const results = neededEntries(question, candidate).map(entry => judgeEntry(question, entry, companion))
  return {
    unmet: results.flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
    needsSecondPerson: results.some(result => result.needsSecondPerson),
  }
}

/** The candidate's own, the level's, those of matching policies, and the second person of a two-person area; each once. */
function neededEntries(question: HolderQuestion, candidate: readonly FactorEntry[]): readonly (readonly Factor[])[] {
  const { site, asset, point } = question
  const level = asset === undefined ? [] : site.criticality[asset.criticality].factors
  const policies = rulesOf(site, point.asset).factorPolicies.filter(
    policy => matches(question, policy) && policyHolds(question, policy.when),
  )
  const entries = [
    ...candidate,
    ...level,
    ...policies.flatMap(policy => policy.factors),
    ...(asksForSecondPerson(question) ? (['second-person'] as const) : []),
  ]
  const unique = new Map(
    entries.map(entry => (typeof entry === 'string' ? [entry] : entry)).map(entry => [entry.join(), entry]),
  )
  return [...unique.values()]
}

function policyHolds(
  { book, at }: HolderQuestion,
  when: { readonly schedule?: readonly string[]; readonly outside?: readonly string[] },
): boolean {
  if (when.schedule !== undefined && !holds(book, when.schedule, at)) return false
  return when.outside === undefined || !holds(book, when.outside, at)
}

interface EntryResult {
  readonly reason?: Reason
  readonly needsSecondPerson: boolean
}

/** One alternative that is fulfilled is enough; else the lightest of their reasons, ties the first named. */
function judgeEntry(question: HolderQuestion, entry: readonly Factor[], companion: Holder | undefined): EntryResult {
  const others = entry
    .filter(factor => factor !== 'second-person')
    .map(factor => factorReason(question, factor, companion))
  const needsSecondPerson = entry.includes('second-person') && !others.includes(undefined)
  const reasons = entry.map(factor => factorReason(question, factor, companion))
  if (reasons.includes(undefined)) return { needsSecondPerson }
  const reason = reasons.filter(r => r !== undefined).toSorted((a, b) => weightOf(a) - weightOf(b))[0]
  return { needsSecondPerson, ...(reason && { reason }) }
}

/** Why a factor is not fulfilled; undefined: it is. */
function factorReason(question: HolderQuestion, factor: Factor, companion: Holder | undefined): Reason | undefined {
  const { factors, holder } = question
  if (factor === 'possession') return undefined
  if (factor === 'second-person') return companion === undefined ? { code: 'factor-required', factor } : undefined
  // A robot has no fingers; its key sits in its secure element.
  if (holder.robot) return undefined
  switch (factor) {
    case 'pin':
      return pinReason(question)
    case 'phone-biometric':
    case 'reader-biometric':
      return biometricReason([factors[factor]])
    case 'biometric':
      return biometricReason([factors['phone-biometric'], factors['reader-biometric']])
  }
}

/** Locked whatever was typed; `duress` counts as right. */
function pinReason({ tap, factors, state, at, claims }: HolderQuestion): Reason | undefined {
  if (tap.pinUsedUp === true) return { code: 'factor-locked', until: 'never' }
  const lockedUntil = own(state.pins, pinKey(claims))?.lockedUntil
  if (lockedUntil !== undefined && at < lockedUntil) return { code: 'factor-locked', until: lockedUntil }
  if (factors.pin === undefined) return { code: 'factor-required', factor: 'pin' }
  return factors.pin === 'wrong' ? { code: 'factor-failed' } : undefined
}

function biometricReason(shown: readonly ('ok' | 'wrong' | undefined)[]): Reason | undefined {
  if (shown.includes('ok')) return undefined
  return shown.includes('wrong') ? { code: 'factor-failed' } : { code: 'factor-required', factor: 'biometric' }
}
