import { formatReason, type Reason, weightOf } from './reason.ts'

/** One candidate's reasons: each once, heaviest first, equal weights in the order in which they were found. site.md §6.7, 1. */
export function sortedReasons(reasons: readonly Reason[]): readonly Reason[] {
  return once(reasons).toSorted((a, b) => weightOf(b) - weightOf(a))
}

/** The reasons of a denial, nearest miss first: the sorted lists of all candidates, lightest list first, joined. site.md §6.7, 2 and 3. */
export function nearestMiss(candidates: readonly (readonly Reason[])[]): readonly Reason[] {
  const lists = candidates.map(sortedReasons)
  return once(lists.toSorted(compareByWeights).flat())
}

/** Position by position; the lighter wins, a list that ends first wins; a tie keeps rule order, since sorting is stable. */
function compareByWeights(a: readonly Reason[], b: readonly Reason[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = weightOf(a[i] as Reason) - weightOf(b[i] as Reason)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function once(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map(reason => [formatReason(reason), reason])).values()]
}
