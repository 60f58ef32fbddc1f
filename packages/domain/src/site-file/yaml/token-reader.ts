import { CST, Lexer } from 'yaml'

/** A token of a YAML text that is neither white space nor a comment. */
export interface Token {
  readonly type: TokenType
  /** As written; of a block scalar the lines behind its header. */
  readonly source: string
  readonly at: number
  /** From 0, in UTF-16 units: the indentation, for the first token of a line. */
  readonly column: number
  /** Whether nothing but white space stands before it on its line. */
  readonly isFirst: boolean
  /** Whether there is a tab in the white space before it on its line. */
  readonly isAfterTab: boolean
  /** Only of a block scalar: its header with what follows it on the line. */
  readonly header?: CST.SourceToken[]
}

export type TokenType =
  | 'scalar'
  | 'single-quoted-scalar'
  | 'double-quoted-scalar'
  | 'block-scalar'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'seq-item-ind'
  | 'explicit-key-ind'
  | 'map-value-ind'
  | 'flow-map-start'
  | 'flow-map-end'
  | 'flow-seq-start'
  | 'flow-seq-end'
  | 'flow-error-end'
  | 'comma'
  | 'doc-start'
  | 'doc-end'
  | 'directive-line'
  | 'end'
  | 'unknown'

/**
 * Reads the tokens of a text one by one, as the library's lexer finds them. Nothing is kept of what was read, so that a
 * file costs no more than what is built from it.
 */
export class TokenReader {
  readonly #lexemes: Iterator<string>
  readonly #length: number
  #at = 0
  #lineStart = 0
  #isLineStart = true
  #isAfterTab = false
  /** Whether white space or the start of the line comes directly before. */
  #isSeparated = true
  #next: Token

  constructor(text: string) {
    this.#length = text.length
    this.#lexemes = new Lexer().lex(text)
    this.#next = this.#read()
  }

  /** The next token, which stays. */
  peek(): Token {
    return this.#next
  }

  /** Takes the next token. The end can be taken again and again. */
  take(): Token {
    const token = this.#next
    if (token.type !== 'end') this.#next = this.#read()
    return token
  }

  #read(): Token {
    for (let lexeme = this.#lexeme(); lexeme !== undefined; lexeme = this.#lexeme()) {
      const type = CST.tokenType(lexeme)
      if (type === 'doc-mode') continue
      if (type === 'flow-error-end') return this.#token(this.#at < this.#length ? type : 'end', '')
      if (type === 'block-scalar-header') return this.#blockScalar(lexeme)
      if (type === 'scalar') return this.#token('scalar', this.#lexeme() ?? '')
      if (this.#isBlank(type, lexeme)) continue
      return this.#token(tokenTypes.get(type ?? '') ?? 'unknown', lexeme)
    }
    return this.#token('end', '')
  }

  #lexeme(): string | undefined {
    const { value, done } = this.#lexemes.next()
    return done === true ? undefined : value
  }

  /** Passes over white space, line breaks and comments. */
  #isBlank(type: CST.TokenType | null, lexeme: string): boolean {
    switch (type) {
      case 'byte-order-mark':
        break
      case 'space':
        if (lexeme.includes('\t')) this.#isAfterTab = true
        this.#isSeparated = true
        break
      case 'newline':
        this.#startLine(this.#at + lexeme.length)
        break
      case 'comment':
        // YAML 1.2 §6.6: without white space before it, a # is no comment.
        if (!this.#isSeparated) return false
        break
      default:
        return false
    }
    this.#at += lexeme.length
    return true
  }

  #token(type: TokenType, source: string): Token {
    const token: Token = {
      type,
      source,
      at: this.#at,
      column: this.#at - this.#lineStart,
      isFirst: this.#isLineStart,
      isAfterTab: this.#isAfterTab,
    }
    this.#pass(source)
    return token
  }

  #blockScalar(lexeme: string): Token {
    const [at, column] = [this.#at, this.#at - this.#lineStart]
    const isFirst = this.#isLineStart
    const header: CST.SourceToken[] = []
    let type = CST.tokenType(lexeme)
    for (let part: string | undefined = lexeme; part !== undefined && type !== null && type !== 'scalar'; ) {
      header.push({ type: headerType(type), offset: this.#at, indent: 0, source: part })
      this.#at += part.length
      part = this.#lexeme()
      type = part === undefined ? null : CST.tokenType(part)
    }
    const source = this.#lexeme() ?? ''
    this.#at += source.length
    this.#startLine(this.#at)
    return { type: 'block-scalar', source, at, column, isFirst, isAfterTab: this.#isAfterTab, header }
  }

  /** Goes behind a token, which may have several lines. */
  #pass(source: string): void {
    const lineBreak = source.lastIndexOf('\n')
    if (lineBreak >= 0) this.#lineStart = this.#at + lineBreak + 1
    this.#at += source.length
    if (source === '') return
    this.#isLineStart = false
    this.#isAfterTab = false
    this.#isSeparated = false
  }

  #startLine(at: number): void {
    this.#lineStart = at
    this.#isLineStart = true
    this.#isAfterTab = false
    this.#isSeparated = true
  }
}

/** What can follow the header of a block scalar on its line. */
const headerType = (type: CST.TokenType): CST.SourceToken['type'] =>
  type === 'space' || type === 'comment' || type === 'newline' ? type : 'block-scalar-header'

const tokenTypes: ReadonlyMap<string, TokenType> = new Map(
  (
    [
      'single-quoted-scalar',
      'double-quoted-scalar',
      'alias',
      'anchor',
      'tag',
      'seq-item-ind',
      'explicit-key-ind',
      'map-value-ind',
      'flow-map-start',
      'flow-map-end',
      'flow-seq-start',
      'flow-seq-end',
      'comma',
      'doc-start',
      'doc-end',
      'directive-line',
    ] as const
  ).map(type => [type, type]),
)
