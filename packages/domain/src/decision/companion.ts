import type { Holder } from './claims.ts'
import type { HolderQuestion } from './question.ts'
import type { AccessPoint, State, WaitingTap } from './state.ts'

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

export function isSamePoint(a: AccessPoint, b: AccessPoint): boolean {
  return a.asset === b.asset && a.side === b.side && a.function === b.function
}

/** The waiting taps without those of a person at a point. */
export function withoutWaiting(state: State, point: AccessPoint, person: string): readonly WaitingTap[] {
  return state.waiting.filter(tap => tap.holder.person !== person || !isSamePoint(tap, point))
}
