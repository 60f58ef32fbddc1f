import { entryOf, type Node } from './node.ts'

/** Sections whose keys can be referred to. */
export type ReferableSection =
  | 'areas'
  | 'assets'
  | 'calendars'
  | 'kinds'
  | 'organisations'
  | 'people'
  | 'schedules'
  | 'zones'

export type SubjectKind = 'role' | 'group' | 'person' | 'robot'

/** What the file declares, gathered before anything is read, since the order of sections does not matter. */
export interface DeclaredIds {
  /** Ids by section, with the built-in ones. `undefined`: the section cannot be read, so nothing can be said about it. */
  readonly sections: Readonly<Record<ReferableSection, ReadonlySet<string> | undefined>>
  /** The shared namespace of roles, groups, people and robots. */
  readonly subjects: ReadonlyMap<string, SubjectKind>
  /** The same by section: an id that is there twice is one error, and nothing else is wrong with it. */
  readonly subjectsOf: Readonly<Record<SubjectKind, ReadonlySet<string>>>
  /** Whether one of those four sections cannot be read. */
  readonly hasUnreadableSubjects: boolean
  /** Names of the `context` section; undefined without one: any name may be used. */
  readonly contextNames: ReadonlySet<string> | undefined
  readonly hasKindsSection: boolean
}

/** The id of what is built in, by section. site.md §1. */
export const builtIn = {
  area: 'outside',
  subject: 'everyone',
  function: 'all',
  schedule: 'always',
  kind: 'door',
} as const

/** Sections of the subject namespace with what their entries are. */
export const subjectSections: readonly (readonly [string, SubjectKind])[] = [
  ['roles', 'role'],
  ['groups', 'group'],
  ['people', 'person'],
  ['robots', 'robot'],
]

/** Gathers the ids that a file declares. */
export function declaredIds(root: Node): DeclaredIds {
  const subjects = new Map<string, SubjectKind>()
  const subjectsOf: Record<SubjectKind, Set<string>> = {
    role: new Set(),
    group: new Set(),
    person: new Set(),
    robot: new Set(),
  }
  let hasUnreadableSubjects = false
  for (const [section, kind] of subjectSections) {
    const keys = keysOf(root, section)
    if (keys === undefined) hasUnreadableSubjects = true
    for (const key of keys ?? []) {
      subjectsOf[kind].add(key)
      if (!subjects.has(key)) subjects.set(key, kind)
    }
  }
  return {
    sections: {
      areas: keysOf(root, 'areas', builtIn.area),
      assets: keysOf(root, 'assets'),
      calendars: keysOf(root, 'calendars'),
      kinds: kindsOf(root),
      organisations: keysOf(root, 'organisations'),
      people: keysOf(root, 'people'),
      schedules: keysOf(root, 'schedules', builtIn.schedule),
      zones: keysOf(root, 'zones'),
    },
    subjects,
    subjectsOf,
    hasUnreadableSubjects,
    contextNames: entryOf(root, 'context') === undefined ? undefined : keysOf(root, 'context'),
    hasKindsSection: entryOf(root, 'kinds') !== undefined,
  }
}

function keysOf(root: Node, section: string, ...more: readonly string[]): Set<string> | undefined {
  const value = entryOf(root, section)?.value
  if (value === undefined) return new Set(more)
  if (value.kind !== 'map') return undefined
  return new Set([...more, ...value.entries.map(entry => entry.key)])
}

/** The kinds section, or without one the kinds that assets name. site.md §2, `kinds`. */
function kindsOf(root: Node): Set<string> | undefined {
  if (entryOf(root, 'kinds') !== undefined) return keysOf(root, 'kinds', builtIn.kind)
  const kinds = new Set<string>([builtIn.kind])
  const assets = entryOf(root, 'assets')?.value
  if (assets === undefined) return kinds
  if (assets.kind !== 'map') return undefined
  for (const asset of assets.entries) {
    const kind = entryOf(asset.value, 'kind')?.value
    if (kind?.kind === 'scalar' && typeof kind.value === 'string') kinds.add(kind.value)
  }
  return kinds
}

/** The text at a path of keys, if there is one; for what must be known before the file is read. */
export function textAt(root: Node, ...path: readonly string[]): string | undefined {
  let node: Node | undefined = root
  for (const key of path) node = entryOf(node, key)?.value
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}
