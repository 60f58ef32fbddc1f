/**
 * The known name with the least edit distance to a wrong one, if it is near enough: at most a third of the wrong name's
 * length, at least 1. Ties by code point order. site.md §8.
 */
export function nearestName(wrong: string, known: Iterable<string>): string | undefined {
  const letters = [...wrong.slice(0, maxLetters + 1)]
  if (letters.length > maxLetters) return undefined
  let limit = Math.max(1, Math.floor(letters.length / 3))
  let nearest: string | undefined
  for (const name of known) {
    if (Math.abs(name.length - wrong.length) > 2 * limit) continue
    const distance = editDistance(letters, [...name])
    if (distance > limit) continue
    if (distance < limit || nearest === undefined || comesBefore(name, nearest)) nearest = name
    limit = distance
  }
  return nearest
}

/** Optimal string alignment: insert, delete, replace and swap of two neighbours cost 1 each. */
export function editDistance(from: readonly string[], to: readonly string[]): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

/** Ids have at most 63 letters, keys fewer; for a longer wrong name nothing near is known. */
const maxLetters = 128

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity

const comesBefore = (a: string, b: string): boolean => compareCodePoints(a, b) < 0

/** Order by code point, which differs from `<` of strings above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
