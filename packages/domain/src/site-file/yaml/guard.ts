import { CST } from 'yaml'
import { maxNesting, maxValues } from '../limits.ts'
import { FatalFault } from './fault.ts'

/**
 * Looks at the tokens of a file before a tree is built from them: refuses what could cost memory or stack (nesting,
 * number of values) at once, and notes anchors, aliases, tags, directives and a second document. T42.
 */
export class Guard {
  readonly features: Feature[] = []
  /** Whether a second document has begun: nothing behind it is read. */
  isSecondDocument = false
  /** Whether a plain `<<` was seen, which is a merge key if it is a key. */
  hasMergeMark = false
  #at = 0
  #lineStart = 0
  #values = 0
  #isScalar = false
  #hasContent = false
  /** Where the brackets are that are open. */
  readonly #brackets: number[] = []
  #isEnded = false
  /** Where the implicit key of a block mapping would begin, if a `:` came next on this line. */
  #keyColumn: number | undefined
  /** Columns of the block collections that are open, by indentation. */
  readonly #blocks: Block[] = []

  /** Sees the next token of the lexer, before the parser does. Throws a `FatalFault` for what goes too far. */
  see(lexeme: string): void {
    if (this.#isScalar) {
      this.#isScalar = false
      this.#value()
      if (lexeme === mergeMark) this.hasMergeMark = true
    } else {
      const type = CST.tokenType(lexeme)
      if (type === 'doc-mode' || type === 'flow-error-end') return
      if (type === 'scalar') {
        this.#isScalar = true
        return
      }
      this.#token(type, lexeme)
    }
    this.#at += lexeme.length
  }

  /** The innermost bracket that nothing closes, if the text ends in it. */
  get openBracket(): number | undefined {
    return this.#brackets.at(-1)
  }

  #token(type: CST.TokenType | null, lexeme: string): void {
    switch (type) {
      case 'newline':
        this.#lineStart = this.#at + lexeme.length
        this.#keyColumn = undefined
        return
      case 'flow-map-start':
      case 'flow-seq-start':
        this.#value()
        this.#brackets.push(this.#at)
        this.#checkDepth()
        return
      case 'flow-map-end':
      case 'flow-seq-end':
        if (this.#brackets.pop() === undefined)
          throw syntaxFault(this.#at, `there is no bracket for this "${lexeme}" to close`)
        return
      case 'seq-item-ind':
      case 'explicit-key-ind':
        this.#block({ column: this.#at - this.#lineStart, isList: type === 'seq-item-ind' })
        return
      case 'map-value-ind':
        this.#block({ column: this.#keyColumn ?? this.#at - this.#lineStart, isList: false })
        return
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        this.#value()
        return
      case 'alias':
        this.#feature('an alias')
        this.#value()
        return
      case 'anchor':
        this.#feature('an anchor')
        return
      case 'tag':
        this.#feature('a tag')
        return
      case 'directive-line':
        if (!yaml12.test(lexeme)) this.#feature('a directive other than %YAML 1.2')
        return
      case 'doc-start':
        this.#document()
        this.#hasContent = true
        return
      case 'doc-end':
        this.#isEnded = this.#hasContent
        return
    }
  }

  #value(): void {
    if (this.#brackets.length === 0) this.#keyColumn = this.#at - this.#lineStart
    if (this.#isEnded) this.#document()
    this.#hasContent = true
    if (++this.#values <= maxValues) return
    const message = `the file has more than ${maxValues} values; split the site`
    throw new FatalFault({ code: 'out-of-range', at: this.#at, message })
  }

  #document(): void {
    if (!this.#hasContent) return
    this.isSecondDocument = true
    this.features.push({ at: this.#at, what: 'a second document', isBefore: false })
  }

  #feature(what: string): void {
    const isBefore = what === 'an anchor' || what === 'a tag'
    this.features.push({ at: this.#at, what, isBefore })
    if (this.features.length > maxFeatures) this.isSecondDocument = true
  }

  #block(block: Block): void {
    if (this.#brackets.length > 0) return
    while ((this.#blocks.at(-1)?.column ?? -1) > block.column) this.#blocks.pop()
    const top = this.#blocks.at(-1)
    // A list may stand at the column of the key that it belongs to; a key at the column of a list ends that list.
    if (top?.column === block.column && top.isList && !block.isList) this.#blocks.pop()
    const open = this.#blocks.at(-1)
    if (open?.column === block.column && open.isList === block.isList) return
    this.#blocks.push(block)
    this.#checkDepth()
  }

  #checkDepth(): void {
    if (this.#blocks.length + this.#brackets.length <= maxNesting) return
    throw new FatalFault({ code: 'out-of-range', at: this.#at, message: tooDeep })
  }
}

/** Something of YAML that a site file may not use. */
export interface Feature {
  readonly at: number
  readonly what: string
  /** Whether it stands before the value that is to be pointed at. */
  readonly isBefore: boolean
}

export const tooDeep: string = `mappings and lists may be at most ${maxNesting} deep; take this one out`

export const syntaxFault = (at: number, message: string): FatalFault =>
  new FatalFault({ code: 'yaml-syntax', at, message })

interface Block {
  readonly column: number
  readonly isList: boolean
}

export const mergeMark = '<<'

/** Features that are noted; a file with more is refused as surely. */
const maxFeatures = 1_000

const yaml12 = /^%YAML[ \t]+1\.2[ \t]*$/
