import type { Holder } from './claims.ts'
import type { HolderQuestion } from './question.ts'
import type { AccessPoint, WaitingTap } from './state.ts'

/**
 * The second person of a tap: another person whose last tap at the same asset, side and function lies in the window, was
 * not used up and was good for it; the latest of several. site.md §6.5.
 */
export function companionOf({ site, state, point, holder, at }: HolderQuestion): Holder | undefined {
  const from = at - site.site.secondPersonWindow
  return state.waiting
    .filter(
      tap =>
        tap.good && isSamePoint(tap, point) && tap.holder.person !== holder.person && tap.at >= from && tap.at <= at,
    )
    .toSorted((a, b) => b.at - a.at || b.order - a.order)[0]?.holder
}

function isSamePoint(a: AccessPoint, b: AccessPoint): boolean {
  return a.asset === b.asset && a.side === b.side && a.function === b.function
}

/** The waiting taps without those of some people at a point. */
export function withoutWaiting(
  waiting: readonly WaitingTap[],
  point: AccessPoint,
  people: readonly string[],
): readonly WaitingTap[] {
  return waiting.filter(tap => !people.includes(tap.holder.person) || !isSamePoint(tap, point))
}
