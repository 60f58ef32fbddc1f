import type { Instant, Site } from '../site.ts'
import { keep } from './own.ts'
import type { Attempt, State } from './state.ts'

/**
 * The state without what can no longer matter: waiting taps and permits far behind the second person's window, permits
 * whose outcome never came, sessions long over. What goes too early is a denial, never a permit. Generous, because clocks are set back now and then: the latest few of each
 * stay, however old they look.
 */
export function pruned(site: Site, state: State, at: Instant): State {
  const near = at - Math.max(tapRetention, 2 * site.site.secondPersonWindow)
  const far = at - outcomeRetention
  const latest = new Set(Object.keys(state.attempts).slice(-keptAnyway))
  const awaited = (tap: string, attempt: Attempt): boolean =>
    attempt.at >= (attempt.settled === true ? near : far) || latest.has(tap)
  return {
    ...state,
    waiting: pruneList(state.waiting, tap => tap.at >= near),
    permits: pruneList(state.permits, permit => permit.at >= near),
    attempts: Object.entries(state.attempts).every(([tap, attempt]) => awaited(tap, attempt))
      ? state.attempts
      : keep(state.attempts, awaited),
    sessions: pruneList(state.sessions, ({ until }) => until === undefined || until >= far),
  }
}

/** Seconds for which taps and permits are kept: as far as a module's clock may be moved back without signed time. */
const tapRetention = 300
/** Of each list the latest that may stay: more than pass one module within a second person's window. */
const mostKept = 256
/** Seconds for which an outcome may be late. */
const outcomeRetention = 86_400
/** Of each list the latest that stay whatever their instants: a clock may have been wrong in between. */
const keptAnyway = 16

/** The same list when nothing goes, so that a store sees that nothing changed. */
function pruneList<T>(list: readonly T[], isYoung: (item: T) => boolean): readonly T[] {
  const firstKept = list.length - keptAnyway
  const firstAllowed = list.length - mostKept
  const stays = (item: T, index: number): boolean => index >= firstKept || (index >= firstAllowed && isYoung(item))
  return list.every(stays) ? list : list.filter(stays)
}
