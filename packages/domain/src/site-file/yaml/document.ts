import type { ListNode, MapNode, Node } from '../node.ts'
import { type FatalFault, type Fault, syntaxFault } from './fault.ts'
import { FlowReader, type Inline } from './flow.ts'
import { type Key, NodeMaker, TooManyFeatures } from './node-maker.ts'
import { type Token, TokenReader } from './token-reader.ts'

/** What a text is as YAML. */
export interface ReadDocument {
  /** Undefined for an empty document. */
  readonly root?: Node
  /** Features hide everything else; without one, keys that come twice. */
  readonly faults: readonly Fault[]
}

/**
 * Reads the one document of a text as a tree: the lexer and the scalars are the library's, the structure is read here, so
 * that the first fault ends it, depth and number of values are bounded, nothing is ever resolved, and memory is that of
 * the tree alone (T42). Throws a `FatalFault` for the first fault of the syntax and for what is beyond the limits. Where
 * indentation has a tab it is stricter than YAML 1.2.
 */
export function readDocument(text: string): ReadDocument {
  const make = new NodeMaker()
  const root = readRoot(text, make)
  if (make.features.length > 0) return { faults: make.features }
  return root === undefined ? { faults: make.faults } : { root, faults: make.faults }
}

function readRoot(text: string, make: NodeMaker): Node | undefined {
  try {
    return new DocumentReader(text, make).document()
  } catch (error) {
    if (error instanceof TooManyFeatures) return undefined
    throw error
  }
}

/** Recursion goes as deep as the document, which is bounded. YAML 1.2 §8. */
class DocumentReader {
  readonly #tokens: TokenReader
  readonly #make: NodeMaker
  readonly #flow: FlowReader

  constructor(text: string, make: NodeMaker) {
    // YAML 1.2 §5.4 knows a lone CR as a line break, the lexer does not. The length stays, and so does every place.
    this.#tokens = new TokenReader(text.replace(/\r(?!\n)/g, '\n'))
    this.#make = make
    this.#flow = new FlowReader(this.#tokens, make)
  }

  document(): Node | undefined {
    const hasDirective = this.#directives()
    const hasMarker = this.#tokens.peek().type === 'doc-start'
    if (hasMarker) this.#tokens.take()
    else if (hasDirective) throw syntaxFault(this.#tokens.peek().at, 'a directive must be followed by a line "---".')
    if (!hasMarker && this.#tokens.peek().type === 'doc-end') throw this.#unexpected()
    const isEmpty = documentEnds.has(this.#tokens.peek().type)
    const root = isEmpty
      ? undefined
      : this.#block({ parent: -1, depth: 0, isInline: hasMarker && !this.#tokens.peek().isFirst })
    this.#end()
    return root
  }

  #directives(): boolean {
    let hasDirective = false
    while (this.#tokens.peek().type === 'directive-line') {
      const { source, at } = this.#tokens.take()
      if (!yaml12.test(source)) this.#make.feature(at, 'a directive other than %YAML 1.2')
      hasDirective = true
    }
    return hasDirective
  }

  /** After the document comes the end, perhaps behind its marker; anything else is a second document. */
  #end(): void {
    if (!documentEnds.has(this.#tokens.peek().type)) throw this.#unexpected()
    if (this.#tokens.peek().type === 'doc-end') this.#tokens.take()
    const { type, at } = this.#tokens.peek()
    if (type !== 'end') this.#make.feature(at, 'a second document')
  }

  /**
   * A value that may be a block collection. `parent` is the column of the collection around it; `isInline`: it stands
   * behind the `:` of a key on the same line, where no block collection can begin.
   */
  #block({ parent, depth, isInline }: { parent: number; depth: number; isInline: boolean }): Node {
    const first = this.#tokens.peek()
    const propertiesEnd = this.#flow.properties()
    const next = this.#tokens.peek()
    const isNewLine = propertiesEnd !== undefined && next.isFirst
    if (propertiesEnd !== undefined && this.#isOver(parent)) return this.#make.empty(propertiesEnd)
    // A collection is as far in as its first line, which may begin with an anchor.
    const column = isNewLine ? next.column : first.column
    const mayBeBlock = !isInline || isNewLine
    switch (next.type) {
      case 'seq-item-ind':
        if (!mayBeBlock || (propertiesEnd !== undefined && !isNewLine)) throw this.#unexpected()
        return this.#list(next.column, depth + 1)
      case 'explicit-key-ind':
      case 'map-value-ind':
        if (!mayBeBlock) throw this.#unexpected()
        return this.#map({ column, depth: depth + 1 })
    }
    if (!this.#flow.isNext()) throw this.#unexpected()
    if (next.isFirst) this.#checkTab(next)
    const inline = this.#flow.inline(Math.max(parent, 0), depth)
    if (!this.#isColon()) return inline.node
    if (!mayBeBlock)
      throw syntaxFault(
        this.#tokens.peek().at,
        'a second ":" on one line; put the value in quotes or on lines of its own.',
      )
    this.#checkTab(next)
    return this.#map({ column, depth: depth + 1, first: inline })
  }

  /** Whether the value that was expected is not there: what comes next belongs to something further out. */
  #isOver(parent: number): boolean {
    const { type, isFirst, column } = this.#tokens.peek()
    if (documentEnds.has(type)) return true
    return isFirst && (type === 'seq-item-ind' ? column < parent : column <= parent)
  }

  /** Whether the `:` of an implicit key comes next: on the line of the key. */
  #isColon(): boolean {
    const { type, isFirst } = this.#tokens.peek()
    return type === 'map-value-ind' && !isFirst
  }

  #list(column: number, depth: number): ListNode {
    const { at } = this.#tokens.peek()
    this.#make.begin(at)
    this.#make.enter(at, depth)
    const items: Node[] = []
    do {
      this.#checkTab(this.#tokens.peek())
      const dash = this.#tokens.take()
      items.push(this.#valueBehind(dash, { column, depth, isInline: false }))
    } while (this.#continues(column) && this.#tokens.peek().type === 'seq-item-ind')
    return this.#make.list(at, items)
  }

  #map({ column, depth, first }: { column: number; depth: number; first?: Inline }): MapNode {
    const at = first?.key.at ?? this.#tokens.peek().at
    this.#make.begin(at)
    this.#make.enter(at, depth)
    const entries: (readonly [Key, Node])[] = []
    if (first !== undefined) entries.push(this.#implicitEntry(first, { column, depth }))
    else entries.push(this.#entry({ column, depth }))
    while (this.#continues(column)) entries.push(this.#entry({ column, depth }))
    return this.#make.map(at, entries)
  }

  /** Whether a block collection goes on: its next entry is at its column. */
  #continues(column: number): boolean {
    const { type, isFirst, column: nextColumn, at } = this.#tokens.peek()
    if (documentEnds.has(type)) return false
    if (!isFirst) throw this.#unexpected()
    if (nextColumn > column)
      throw syntaxFault(at, 'this line is indented further than the entry before it; align them.')
    return nextColumn === column
  }

  #entry(place: { column: number; depth: number }): readonly [Key, Node] {
    this.#checkTab(this.#tokens.peek())
    const { type, at } = this.#tokens.peek()
    if (type === 'explicit-key-ind') return this.#explicitEntry(place)
    const propertiesEnd = this.#flow.properties()
    if (this.#tokens.peek().type === 'map-value-ind') {
      this.#make.empty(propertiesEnd ?? at)
      const colon = this.#tokens.take()
      return [{ at, text: '' }, this.#valueBehind(colon, { ...place, isInline: true })]
    }
    if (!this.#flow.isNext()) throw this.#unexpected()
    const key = this.#flow.inline(place.column, place.depth)
    if (!this.#isColon())
      throw syntaxFault(key.key.at, 'a key needs a ":" and a space behind it; add it or join the lines.')
    return this.#implicitEntry(key, place)
  }

  #implicitEntry(key: Inline, place: { column: number; depth: number }): readonly [Key, Node] {
    this.#flow.checkImplicitKey(key)
    const colon = this.#tokens.take()
    return [key.key, this.#valueBehind(colon, { ...place, isInline: true })]
  }

  /** `? key` and, on a line of its own, `: value`. */
  #explicitEntry(place: { column: number; depth: number }): readonly [Key, Node] {
    const mark = this.#tokens.take()
    const node = this.#valueBehind(mark, { ...place, isInline: false })
    const key: Key = node.kind === 'scalar' ? { at: node.at, text: String(node.value ?? '') } : { at: node.at }
    const next = this.#tokens.peek()
    if (next.type !== 'map-value-ind' || !next.isFirst || next.column !== place.column)
      return [key, this.#make.empty(node.at)]
    const colon = this.#tokens.take()
    return [key, this.#valueBehind(colon, { ...place, isInline: false })]
  }

  /** The value behind a `-`, `?` or `:`: on its line, further in on the next, or nothing. */
  #valueBehind(mark: Token, { column, depth, isInline }: { column: number; depth: number; isInline: boolean }): Node {
    const next = this.#tokens.peek()
    if (documentEnds.has(next.type)) return this.#make.empty(mark.at + 1)
    if (!next.isFirst) return this.#block({ parent: column, depth, isInline })
    if (next.column > column) return this.#block({ parent: column, depth, isInline: false })
    // The list of a key may begin at the column of the key.
    const isList = next.column === column && next.type === 'seq-item-ind' && mark.type !== 'seq-item-ind'
    return isList ? this.#list(column, depth + 1) : this.#make.empty(mark.at + 1)
  }

  /** A tab is no indentation, and is none that people can see. */
  #checkTab({ isAfterTab, at }: Token): void {
    if (isAfterTab) throw syntaxFault(at, 'there is a tab before this; indent with spaces.')
  }

  #unexpected(): FatalFault {
    const { type, source, at } = this.#tokens.peek()
    if (type === 'flow-map-end' || type === 'flow-seq-end')
      return syntaxFault(at, `there is no bracket for this "${source}" to close; remove it.`)
    const shown = JSON.stringify(source.slice(0, 20))
    return syntaxFault(at, `${shown} was not expected here; put texts with signs of YAML in quotes.`)
  }
}

const documentEnds: ReadonlySet<Token['type']> = new Set(['end', 'doc-start', 'doc-end'] as const)

const yaml12 = /^%YAML[ \t]+1\.2[ \t]*$/
