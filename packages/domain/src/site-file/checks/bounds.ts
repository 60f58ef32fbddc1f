import { maxEntries } from '../limits.ts'
import { entryOf, itemsOf, type Node } from '../node.ts'
import type { Scope } from '../scope.ts'

/** How many entries a section may have. site.md §9. */
export function checkBounds(root: Node, scope: Scope): void {
  for (const [section, most] of Object.entries(maxEntries)) {
    const node = entryOf(root, section)?.value
    if (node === undefined) continue
    const count = node.kind === 'map' ? node.entries.length : itemsOf(node).length
    if (count > most)
      scope.report(node.at, 'out-of-range', `the section "${section}" may have ${most} entries, not ${count}.`)
  }
}
