import { isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { maxNesting } from '../limits.ts'
import type { Entry, Node } from '../node.ts'
import { type Composed, compose } from './compose.ts'
import { decodeText } from './decode-text.ts'
import { FatalFault, type Fault } from './fault.ts'
import { mergeMark, tooDeep } from './guard.ts'
import { SourceText } from './source-text.ts'

export interface Tree {
  readonly source: SourceText
  /** Undefined for an empty file and where a fault hides the rest. */
  readonly root?: Node
  readonly faults: readonly Fault[]
}

/** Reads a file as a tree. Faults of syntax, limits and features hide the rest; keys that come twice do not. site.md §1, §8. */
export function readTree(input: string | Uint8Array): Tree {
  const { text, fault } = decodeText(input)
  const source = new SourceText(text)
  if (fault !== undefined) return { source, faults: [fault] }
  try {
    const composed = compose(text)
    const contents = composed.document?.contents ?? undefined
    const faults = featureFaults(composed, contents)
    if (faults.length > 0) return { source, faults }
    if (contents === undefined || isEmpty(contents, text)) return { source, faults: [] }
    const root = new TreeBuilder(text, faults).node(contents, 1)
    return { source, root, faults }
  } catch (error) {
    if (error instanceof FatalFault) return { source, faults: [error.fault] }
    if (error instanceof RangeError) return { source, faults: [tooMuch] }
    throw error
  }
}

/** The library has no bound for some lists (lines of comment in a row) and then runs out of stack. */
const tooMuch: Fault = {
  code: 'out-of-range',
  at: 0,
  message: 'the file is too large to be read in one piece; shorten its comments or split the site',
}

const isEmpty = (contents: ParsedNode, text: string): boolean =>
  isScalar(contents) && contents.value === null && text.slice(...contents.range.slice(0, 2)) === ''

/** Turns the library's nodes into ours; recursion is bounded by `maxNesting`. */
class TreeBuilder {
  readonly #text: string
  readonly #faults: Fault[]

  constructor(text: string, faults: Fault[]) {
    this.#text = text
    this.#faults = faults
  }

  node(node: ParsedNode, depth: number): Node {
    if (isScalar(node)) return { kind: 'scalar', at: node.range[0], value: scalarValue(node) }
    if (isAlias(node))
      throw new FatalFault({ code: 'yaml-feature', at: node.range[0], message: featureMessage('an alias') })
    if (depth > maxNesting) throw new FatalFault({ code: 'out-of-range', at: node.range[0], message: tooDeep })
    return isMap(node) ? this.#map(node, depth) : this.#list(node, depth)
  }

  #list(node: YAMLSeq.Parsed, depth: number): Node {
    const items: Node[] = []
    for (const item of node.items) {
      // A pair in a flow list, `[a: b]`, is a mapping of one key, which the library gives as such.
      if (!isPair(item)) items.push(this.node(item, depth + 1))
    }
    return { kind: 'list', at: node.range[0], items }
  }

  #map(node: YAMLMap.Parsed, depth: number): Node {
    const seen = new Set<string>()
    const entries: Entry[] = []
    for (const { key, value } of node.items) {
      const entry = this.#entry(key, value, depth)
      if (entry === undefined) continue
      if (seen.has(entry.key)) {
        const message = `the key ${JSON.stringify(entry.key)} is already in this mapping; remove one of the two`
        this.#faults.push({ code: 'duplicate-key', at: entry.keyAt, message })
        continue
      }
      seen.add(entry.key)
      entries.push(entry)
    }
    const first = node.items[0]?.key
    return { kind: 'map', at: node.flow === true || first === undefined ? node.range[0] : first.range[0], entries }
  }

  #entry(key: ParsedNode, value: ParsedNode | null, depth: number): Entry | undefined {
    const keyAt = key.range[0]
    if (!isScalar(key)) {
      this.#faults.push({ code: 'wrong-type', at: keyAt, message: 'a key must be a text, not a mapping or a list' })
      return undefined
    }
    const name = typeof key.value === 'string' ? key.value : this.#text.slice(key.range[0], key.range[1])
    const read: Node = value === null ? { kind: 'scalar', at: key.range[1], value: null } : this.node(value, depth + 1)
    return { key: name, keyAt, value: read }
  }
}

function scalarValue({ value }: Scalar.Parsed): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

const featureMessage = (what: string): string =>
  `${what} cannot be in a site file, which says everything where it is; write the value out`

/** Anchors and tags are shown at the value behind them, everything else where it stands. */
function featureFaults({ features, hasMergeMark }: Composed, contents: ParsedNode | undefined): Fault[] {
  if (features.length === 0 && !hasMergeMark) return []
  const { starts, mergeKeys } = contents === undefined ? { starts: [], mergeKeys: [] } : marksOf(contents)
  const faults = features.map(({ at, what, isBefore }): Fault => {
    const place = isBefore ? (starts[firstAbove(starts, at)] ?? at) : at
    return { code: 'yaml-feature', at: place, message: featureMessage(what) }
  })
  for (const at of mergeKeys) faults.push({ code: 'yaml-feature', at, message: featureMessage('a merge key') })
  return faults
}

interface Marks {
  /** Where nodes begin, in order. */
  readonly starts: number[]
  readonly mergeKeys: number[]
}

function marksOf(contents: ParsedNode): Marks {
  const marks: Marks = { starts: [], mergeKeys: [] }
  collectMarks(contents, marks)
  marks.starts.sort((a, b) => a - b)
  return marks
}

function collectMarks(node: ParsedNode, marks: Marks): void {
  marks.starts.push(node.range[0])
  if (isSeq(node)) for (const item of node.items) if (!isPair(item)) collectMarks(item, marks)
  if (!isMap(node)) return
  for (const { key, value } of node.items) {
    if (isScalar(key) && key.type === 'PLAIN' && key.value === mergeMark) marks.mergeKeys.push(key.range[0])
    collectMarks(key, marks)
    if (value !== null) collectMarks(value, marks)
  }
}

/** Index of the first number above a bound in a sorted list. */
function firstAbove(sorted: readonly number[], bound: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Infinity) > bound) high = middle
    else low = middle + 1
  }
  return low
}
