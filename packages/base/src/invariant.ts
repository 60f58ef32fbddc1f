/** Stops at once on a bug of ours: what must hold here does not. For bad input use an error class of its own. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${what}`)
}
