import { holds, holdsUntil } from '../schedule/holds.ts'
import type { Asset, Instant } from '../site.ts'
import type { Candidate } from './candidates.ts'
import { matchesSubject } from './matching.ts'
import { formatObligation, type Obligation } from './obligation.ts'
import { fulfillingOrders } from './orders.ts'
import { own } from './own.ts'
import { doorKind, type HolderQuestion, openFunction } from './question.ts'
import { rulesOf } from './rule-index.ts'

/** What goes with a permit, in the order of site.md §6.8, each once. */
export function permitObligations(
  question: HolderQuestion,
  candidate: Candidate,
  softPassback: boolean,
): readonly Obligation[] {
  const { asset, point, claims, factors } = question
  if (asset === undefined) return []
  const { permission } = candidate
  const obligations: readonly Obligation[] = [
    ...unlockObligation(asset, point.function, claims.extendedTime),
    ...passageObligation(question, asset),
    ...sessionObligation(question, asset, candidate),
    ...(own(claims.preferences, asset.kind) === undefined
      ? []
      : [{ kind: 'preferences', assetKind: asset.kind } as const]),
    ...(permission?.log === 'position' || logsPosition(question) ? [{ kind: 'log-position' } as const] : []),
    ...(permission?.obligations.notice ?? []).map(text => ({ kind: 'notice', text }) as const),
    ...(permission?.obligations.alarm === 'silent' ? [{ kind: 'silent-alarm', duress: false } as const] : []),
    ...(softPassback ? [{ kind: 'notice', text: 'anti-passback' } as const] : []),
    ...duressObligation(factors.pin),
  ]
  return [...new Map(obligations.map(obligation => [formatObligation(obligation), obligation])).values()]
}

/** The alarm of a duress PIN: the only obligation of a denial. */
export function duressObligation(pin: 'ok' | 'wrong' | 'duress' | undefined): readonly Obligation[] {
  return pin === 'duress' ? [{ kind: 'silent-alarm', duress: true }] : []
}

/** How long a door opens; nothing for another kind or function. */
export function unlockObligation(asset: Asset, name: string, extendedTime: boolean): readonly Obligation[] {
  if (asset.kind !== doorKind || name !== openFunction) return []
  const times = asset.door ?? defaultTimes
  return [{ kind: 'unlock', seconds: extendedTime ? times.extended : times.unlock }]
}

/** site.md §2, assets, `door`; the parser fills them in, a model made by hand may not. */
const defaultTimes = { unlock: 5, extended: 15 }

function passageObligation({ book, at, point }: HolderQuestion, asset: Asset): readonly Obligation[] {
  if (asset.kind !== doorKind || point.function !== openFunction || asset.passage === undefined) return []
  return holds(book, asset.passage, at) ? [{ kind: 'passage', until: holdsUntil(book, asset.passage, at) }] : []
}

/** Until the least of `max` and the ends of everything that carried the permit. */
function sessionObligation(question: HolderQuestion, asset: Asset, candidate: Candidate): readonly Obligation[] {
  if (asset.session === undefined) return []
  const { at, claims, site, book } = question
  const { when, to } = candidate
  const schedule = when.schedule === undefined ? 'never' : holdsUntil(book, when.schedule, at)
  const organisation = claims.organisation === undefined ? undefined : own(site.organisations, claims.organisation)
  const ends: readonly (Instant | undefined)[] = [
    at + asset.session.max,
    schedule === 'never' ? undefined : schedule,
    to,
    when.to,
    when.order === undefined ? undefined : Math.max(...fulfillingOrders(question, when.order).map(order => order.to)),
    ...(when.qualification ?? []).map(id => own(claims.qualifications, id)?.to),
    claims.document?.to,
    claims.validity?.to,
    claims.personValidity?.to,
    organisation?.validity?.to,
  ]
  return [{ kind: 'session', until: Math.min(...ends.filter(end => end !== undefined)) }]
}

function logsPosition({ site, point, holder }: HolderQuestion): boolean {
  return rulesOf(site, point.asset).positionLogging.some(({ who }) => matchesSubject(who, holder))
}
