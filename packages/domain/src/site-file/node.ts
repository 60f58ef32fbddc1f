/**
 * A site file as a tree: what the YAML says, with the place of everything, and nothing of how it is written. Places are
 * offsets in UTF-16 units into the text; `SourceText` turns them into lines and columns.
 */
export type Node = MapNode | ListNode | ScalarNode

export interface MapNode {
  readonly kind: 'map'
  /** Of a block mapping: its first key. */
  readonly at: number
  /** In the order of the file; a key that came before is left out. */
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly key: string
  readonly keyAt: number
  readonly value: Node
}

export interface ListNode {
  readonly kind: 'list'
  readonly at: number
  readonly items: readonly Node[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly at: number
  readonly value: string | number | boolean | null
}

/** What a node is, in words of a message. */
export function describe(node: Node): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'string') return `the text ${quote(node.value)}`
  return `the ${typeof node.value === 'boolean' ? 'boolean' : 'number'} ${node.value}`
}

/** A value of the file in a message: quoted, with escapes, cut. */
export function quote(value: string): string {
  const shown = value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value
  return JSON.stringify(shown)
}

const shownCharacters = 60

/** The entry of a mapping with that key. */
export function entryOf(node: Node | undefined, key: string): Entry | undefined {
  return node?.kind === 'map' ? node.entries.find(entry => entry.key === key) : undefined
}

/** The items of a node that may be a list or stand alone for a list of one. site.md §1. */
export const itemsOf = (node: Node): readonly Node[] => (node.kind === 'list' ? node.items : [node])
