/** Whether two values of the model mean the same: by content, whatever the order of members and the prototypes. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => sameValue(item, b[index]))
  }
  return changedMembers(a, b).length === 0
}

/** Names of the members that are not the same in two objects. */
export function changedMembers(before: object, after: object): readonly string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  const names = new Set([...old.keys(), ...now.keys()])
  return [...names].filter(name => old.has(name) !== now.has(name) || !sameValue(old.get(name), now.get(name)))
}
