import type { Site } from '../../site.ts'
import { maxAreaDepth } from '../limits.ts'
import { entryOf, itemsOf, type Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { ancestorsOf } from '../sections/coverage.ts'

/** Areas in each other and groups that are their own members: each cycle once, at its last reference. site.md §8. */
export function checkCycles(root: Node, scope: Scope): void {
  const areaMessage = 'these areas lie in each other in a circle; take one of them out.'
  for (const at of closingEdges(edgesOf(root, 'areas', 'in'))) scope.report(at, 'area-cycle', areaMessage)
  const groupMessage = 'these groups are members of each other in a circle; take one of them out.'
  for (const at of closingEdges(edgesOf(root, 'groups', 'members'))) scope.report(at, 'group-cycle', groupMessage)
}

/** Areas may be at most 16 deep. */
export function checkAreaDepth(root: Node, scope: Scope, areas: Site['areas']): void {
  for (const { from, at } of edgesOf(root, 'areas', 'in')) {
    // Only at the area that is the first too deep, not at all in it.
    if (ancestorsOf(from, areas).length !== maxAreaDepth + 1) continue
    scope.report(at, 'out-of-range', `areas may be at most ${maxAreaDepth} deep; put this one further out.`)
  }
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly at: number
}

/** References between the entries of one section, in the order of the file. */
function edgesOf(root: Node, section: string, key: string): readonly Edge[] {
  const node = entryOf(root, section)?.value
  if (node?.kind !== 'map') return []
  const declared = new Set(node.entries.map(entry => entry.key))
  return node.entries.flatMap(entry => {
    const value = entryOf(entry.value, key)?.value
    if (value === undefined) return []
    return itemsOf(value).flatMap(item =>
      item.kind === 'scalar' && typeof item.value === 'string' && declared.has(item.value)
        ? [{ from: entry.key, to: item.value, at: item.at }]
        : [],
    )
  })
}

/**
 * The edges that close a cycle of edges before them. An edge that did is not followed again, so that each cycle counts
 * once. Only edges between nodes that are on some cycle are looked at: an honest file has none.
 */
function closingEdges(edges: readonly Edge[]): readonly number[] {
  const component = components(edges)
  const inCycle = edges.filter(({ from, to }) => component.get(from) === component.get(to))
  if (inCycle.length > maxSearchedEdges) return inCycle.slice(-1).map(edge => edge.at)
  const next = new Map<string, string[]>()
  const closing: number[] = []
  for (const { from, to, at } of inCycle) {
    if (from === to || reaches(next, to, from)) closing.push(at)
    else next.set(from, [...(next.get(from) ?? []), to])
  }
  return closing
}

/** The search takes the square of this at most; beyond, one edge stands for all cycles. */
const maxSearchedEdges = 2_000

function reaches(next: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set([from])
  const open = [from]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true
    for (const child of next.get(node) ?? []) {
      if (seen.has(child)) continue
      seen.add(child)
      open.push(child)
    }
  }
  return false
}

/**
 * Strongly connected components (Kosaraju), without recursion: two nodes are on a common cycle if they have the same.
 * Nodes are named by the first node of their component.
 */
function components(edges: readonly Edge[]): ReadonlyMap<string, string> {
  const [forward, backward] = [new Map<string, string[]>(), new Map<string, string[]>()]
  for (const { from, to } of edges) {
    push(forward, from, to)
    push(backward, to, from)
  }
  const nodes = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const component = new Map<string, string>()
  for (const root of finishingOrder(nodes, forward).reverse()) {
    if (component.has(root)) continue
    const open = [root]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (component.has(node)) continue
      component.set(node, root)
      open.push(...(backward.get(node) ?? []))
    }
  }
  return component
}

function finishingOrder(nodes: ReadonlySet<string>, next: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  for (const start of nodes) {
    const path = seen.has(start) ? [] : [{ node: start, children: (next.get(start) ?? []).values() }]
    seen.add(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = top.children.next()
      if (child.done === true) {
        order.push(top.node)
        path.pop()
      } else if (!seen.has(child.value)) {
        seen.add(child.value)
        path.push({ node: child.value, children: (next.get(child.value) ?? []).values() })
      }
    }
  }
  return order
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
