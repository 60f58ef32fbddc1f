import { subjectSections } from '../declared-ids.ts'
import { type Entry, entryOf, type Node, quote } from '../node.ts'
import type { Scope } from '../scope.ts'

/** Roles, groups, people and robots share one namespace, because `who: operator` must mean one thing. site.md §1. */
export function checkSubjectIds(root: Node, scope: Scope): void {
  const entries = subjectSections.flatMap(([section]) => mapEntries(entryOf(root, section)?.value))
  reportSecond(entries, scope, 'a role, group, person or robot')
}

/** Ids of credentials are unique in the site. */
export function checkCredentialIds(root: Node, scope: Scope): void {
  const holders = ['people', 'robots'].flatMap(section => mapEntries(entryOf(root, section)?.value))
  const entries = holders.flatMap(({ value }) => mapEntries(entryOf(value, 'credentials')?.value))
  reportSecond(entries, scope, 'a credential')
}

const mapEntries = (node: Node | undefined): readonly Entry[] => (node?.kind === 'map' ? node.entries : [])

function reportSecond(entries: readonly Entry[], scope: Scope, what: string): void {
  const seen = new Set<string>()
  for (const { key, keyAt } of entries.toSorted((a, b) => a.keyAt - b.keyAt)) {
    if (seen.has(key)) scope.report(keyAt, 'duplicate-id', `${what} above has the id ${quote(key)}; give each its own.`)
    seen.add(key)
  }
}
