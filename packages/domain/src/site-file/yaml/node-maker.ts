import { maxDiagnostics, maxNesting, maxValues } from '../limits.ts'
import type { Entry, ListNode, MapNode, ScalarNode } from '../node.ts'
import { FatalFault, type Fault } from './fault.ts'
import { plainValue, scalarText } from './scalar.ts'
import type { Token } from './token-reader.ts'

/** A key as it was read. Only scalars have a text. */
export interface Key {
  readonly at: number
  readonly text?: string
  /** A plain `<<`, which elsewhere copies another mapping. */
  readonly isMerge?: boolean
}

/** There are so many features that it makes no sense to read on. */
export class TooManyFeatures extends Error {
  override name = 'TooManyFeatures'
}

/** Makes the nodes of a tree: counts them, and notes features that a file may not use and keys that come twice. */
export class NodeMaker {
  /** Keys that come twice, or are no text; they hide nothing. */
  readonly faults: Fault[] = []
  /** Uses of what a site file does not have; they hide the rest. */
  readonly features: Fault[] = []
  /** Anchors and tags that wait for the value behind them. */
  readonly #waiting: string[] = []
  #values = 0

  /** An anchor or a tag, which is shown at the value behind it. */
  property({ type }: Token): void {
    this.#waiting.push(type === 'tag' ? 'a tag' : 'an anchor')
  }

  feature(at: number, what: string): void {
    const message = `${what} cannot be in a site file, which says everything where it is; write the value out.`
    this.features.push({ code: 'yaml-feature', at, message })
    if (this.features.length > maxDiagnostics) throw new TooManyFeatures()
  }

  /** A value begins here. */
  begin(at: number): void {
    for (const what of this.#waiting.splice(0)) this.feature(at, what)
    if (++this.#values <= maxValues) return
    const message = `the file has more than ${maxValues} values; split the site.`
    throw new FatalFault({ code: 'out-of-range', at, message })
  }

  /** A mapping or a list begins here, that many deep; the file's own mapping is 1. */
  enter(at: number, depth: number): void {
    if (depth <= maxNesting) return
    const message = `mappings and lists may be at most ${maxNesting} deep; take this one out.`
    throw new FatalFault({ code: 'out-of-range', at, message })
  }

  empty(at: number): ScalarNode {
    this.begin(at)
    return { kind: 'scalar', at, value: null }
  }

  alias({ at }: Token): ScalarNode {
    this.begin(at)
    this.feature(at, 'an alias')
    return { kind: 'scalar', at, value: null }
  }

  scalar(token: Token, indent: number): { readonly node: ScalarNode; readonly key: Key } {
    const { at, type, source } = token
    this.begin(at)
    const text = scalarText(token, indent)
    if (type !== 'scalar') return { node: { kind: 'scalar', at, value: text }, key: { at, text } }
    // A plain key is its text, whatever it would be as a value: 1001 is an id.
    const key = source === mergeMark ? { at, text, isMerge: true } : { at, text }
    return { node: { kind: 'scalar', at, value: plainValue(text) }, key }
  }

  list(at: number, items: ListNode['items']): ListNode {
    return { kind: 'list', at, items }
  }

  map(at: number, entries: readonly (readonly [Key, Entry['value']])[]): MapNode {
    const kept: Entry[] = []
    // Nearly all mappings have a few keys, and a file of 16 MiB has half a million of them: those need no set.
    const seen = entries.length > fewEntries ? new Set<string>() : undefined
    const isSecond = (key: string): boolean => seen?.has(key) ?? kept.some(entry => entry.key === key)
    for (const [{ at: keyAt, text, isMerge }, value] of entries) {
      if (isMerge) this.feature(keyAt, 'a merge key')
      if (text === undefined) {
        this.#fault({ code: 'wrong-type', at: keyAt, message: 'a key must be a text, not a mapping or a list.' })
      } else if (isSecond(text)) {
        const message = `the key ${JSON.stringify(text)} is already in this mapping; remove one of the two.`
        this.#fault({ code: 'duplicate-key', at: keyAt, message })
      } else {
        seen?.add(text)
        kept.push({ key: text, keyAt, value })
      }
    }
    return { kind: 'map', at, entries: kept }
  }

  #fault(fault: Fault): void {
    if (this.faults.length <= maxDiagnostics) this.faults.push(fault)
  }
}

const mergeMark = '<<'
/** So many keys are compared one by one. */
const fewEntries = 8
