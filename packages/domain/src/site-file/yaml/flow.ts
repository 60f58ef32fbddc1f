import type { ListNode, MapNode, Node } from '../node.ts'
import { type FatalFault, syntaxFault } from './fault.ts'
import type { Key, NodeMaker } from './node-maker.ts'
import type { Token, TokenReader } from './token-reader.ts'

/** A value that is written in one piece: a scalar, an alias, or a collection in brackets. */
export interface Inline {
  readonly node: Node
  readonly key: Key
  /** Its last character, to tell whether a key is short enough and on one line. */
  readonly end: number
  readonly isOneLine: boolean
}

/** Implicit keys are on one line and have at most so many characters, YAML 1.2 §7.4.2. */
const maxImplicitKey = 1024

/** Reads what is written in one piece. YAML 1.2 §7. */
export class FlowReader {
  readonly #tokens: TokenReader
  readonly #make: NodeMaker
  /** The brackets that are open. */
  readonly #brackets: Token[] = []

  constructor(tokens: TokenReader, make: NodeMaker) {
    this.#tokens = tokens
    this.#make = make
  }

  /** Whether the next token begins a value of this kind. */
  isNext(): boolean {
    return inlineTypes.has(this.#tokens.peek().type)
  }

  /** `indent` is that of the block around it, `depth` how many collections are around it. */
  inline(indent: number, depth: number): Inline {
    const { type } = this.#tokens.peek()
    if (type === 'flow-map-start') return this.#map(indent, depth + 1)
    if (type === 'flow-seq-start') return this.#list(indent, depth + 1)
    const token = this.#tokens.take()
    const end = token.at + token.source.length
    const isOneLine = type !== 'block-scalar' && !token.source.includes('\n')
    if (type === 'alias')
      return { node: this.#make.alias(token), key: { at: token.at, text: token.source }, end, isOneLine }
    // Not spread: this runs for every scalar of a file, and a spread costs more than all the rest of it.
    const { node, key } = this.#make.scalar(token, indent)
    return { node, key, end, isOneLine }
  }

  /** Takes anchors and tags; returns where the last one ends. */
  properties(): number | undefined {
    let end: number | undefined
    for (let next = this.#tokens.peek(); next.type === 'anchor' || next.type === 'tag'; next = this.#tokens.peek()) {
      this.#make.property(this.#tokens.take())
      end = next.at + next.source.length
    }
    return end
  }

  /** A key without `?` must be short and on one line. */
  checkImplicitKey({ key, end, isOneLine }: Inline): void {
    if (!isOneLine) throw syntaxFault(key.at, 'a key must be on one line; or is a ":" missing before?')
    if (end - key.at > maxImplicitKey)
      throw syntaxFault(key.at, `a key has at most ${maxImplicitKey} characters; or is a ":" missing before?`)
  }

  #map(indent: number, depth: number): Inline {
    const open = this.#open(depth)
    const entries: (readonly [Key, Node])[] = []
    while (this.#tokens.peek().type !== 'flow-map-end') {
      entries.push(this.#entry(indent, depth, this.#explicit()))
      this.#separator('flow-map-end')
    }
    const node: MapNode = this.#make.map(open.at, entries)
    return this.#close(open, node)
  }

  #list(indent: number, depth: number): Inline {
    const open = this.#open(depth)
    const items: Node[] = []
    while (this.#tokens.peek().type !== 'flow-seq-end') {
      items.push(this.#item(indent, depth))
      this.#separator('flow-seq-end')
    }
    const node: ListNode = this.#make.list(open.at, items)
    return this.#close(open, node)
  }

  #open(depth: number): Token {
    const open = this.#tokens.take()
    this.#make.begin(open.at)
    this.#make.enter(open.at, depth)
    this.#brackets.push(open)
    return open
  }

  #close(open: Token, node: Node): Inline {
    const close = this.#tokens.take()
    this.#brackets.pop()
    const end = close.at + 1
    return { node, key: { at: open.at }, end, isOneLine: close.at - close.column === open.at - open.column }
  }

  /** After an entry comes a comma or the closing bracket. */
  #separator(closing: Token['type']): void {
    const next = this.#tokens.peek()
    if (next.type === 'comma') {
      this.#tokens.take()
      return
    }
    if (next.type !== closing) throw this.#unexpected()
  }

  #unexpected(): FatalFault {
    const open = this.#brackets.at(-1)
    const { type, source, at } = this.#tokens.peek()
    const isEnd = type === 'end' || type === 'doc-start' || type === 'doc-end'
    if (open !== undefined && isEnd)
      return syntaxFault(open.at, 'nothing closes this bracket; close it where its list or mapping ends.')
    if (type === 'flow-error-end')
      return syntaxFault(at, 'this line is in brackets and must be indented more; or close the brackets before it.')
    return syntaxFault(
      at,
      `${JSON.stringify(source.slice(0, 20))} was not expected here; is a comma missing before it?`,
    )
  }

  /** An entry of a mapping: `key: value`, `key`, `: value`, or with a `?` before it. */
  #entry(indent: number, depth: number, isExplicit: boolean): readonly [Key, Node] {
    const { at } = this.#tokens.peek()
    const propertiesEnd = this.properties()
    let key: Key = { at: propertiesEnd ?? at, text: '' }
    if (this.isNext()) key = this.inline(indent, depth).key
    else if (this.#tokens.peek().type === 'map-value-ind' || isExplicit || propertiesEnd !== undefined)
      this.#make.empty(propertiesEnd ?? at)
    else throw this.#unexpected()
    return [key, this.#value(indent, depth, key.at + (key.text?.length ?? 0))]
  }

  /** What stands behind a `:`, if one comes. */
  #value(indent: number, depth: number, keyEnd: number): Node {
    if (this.#tokens.peek().type !== 'map-value-ind') return this.#make.empty(keyEnd)
    const colonEnd = this.#tokens.take().at + 1
    const propertiesEnd = this.properties()
    if (this.isNext()) return this.inline(indent, depth).node
    return this.#make.empty(propertiesEnd ?? colonEnd)
  }

  /** An item of a list; `key: value` is a mapping of its own. */
  #item(indent: number, depth: number): Node {
    const { at } = this.#tokens.peek()
    if (this.#explicit()) return this.#pair(at, this.#entry(indent, depth + 1, true), depth)
    const propertiesEnd = this.properties()
    if (this.#tokens.peek().type === 'map-value-ind') {
      const key = { at: propertiesEnd ?? at, text: '' }
      this.#make.empty(key.at)
      return this.#pair(key.at, [key, this.#value(indent, depth + 1, key.at)], depth)
    }
    if (!this.isNext()) {
      if (propertiesEnd === undefined) throw this.#unexpected()
      return this.#make.empty(propertiesEnd)
    }
    const inline = this.inline(indent, depth)
    if (this.#tokens.peek().type !== 'map-value-ind') return inline.node
    this.checkImplicitKey(inline)
    return this.#pair(inline.key.at, [inline.key, this.#value(indent, depth + 1, inline.end)], depth)
  }

  #pair(at: number, entry: readonly [Key, Node], depth: number): Node {
    this.#make.enter(at, depth + 1)
    return this.#make.map(at, [entry])
  }

  #explicit(): boolean {
    if (this.#tokens.peek().type !== 'explicit-key-ind') return false
    this.#tokens.take()
    return true
  }
}

const inlineTypes: ReadonlySet<Token['type']> = new Set([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'block-scalar',
  'alias',
  'flow-map-start',
  'flow-seq-start',
] as const)
