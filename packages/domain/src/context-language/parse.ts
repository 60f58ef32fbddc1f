import type { BinaryOperator, Expression, TextFunction } from './ast.ts'
import { ExpressionFault, type ExpressionFaultCode } from './fault.ts'
import { type Token, tokenise } from './tokens.ts'

export type ExpressionResult =
  | {
      readonly ok: true
      readonly ast: Expression
      /** The names that the expression reads, each once, in the order of their first place. */
      readonly names: readonly string[]
    }
  | { readonly ok: false; readonly code: ExpressionFaultCode; readonly message: string }

/**
 * Parses an expression of the context language, site.md §4. `cel-syntax`: no expression; `cel-refused`: CEL that is not
 * in our subset (functions, index, maps); `cel-cost`: beyond 1,024 characters, 200 nodes, depth 16 or 100 items of a list.
 */
export function parseExpression(source: string): ExpressionResult {
  try {
    // Counted before anything is read, so that a long source costs nothing.
    if (isLongerThan(source, maxCharacters))
      throw new ExpressionFault('cel-cost', `an expression has at most ${maxCharacters} characters`)
    const parser = new Parser(tokenise(source))
    const ast = parser.whole()
    return { ok: true, ast, names: [...parser.names] }
  } catch (error) {
    if (error instanceof ExpressionFault) return { ok: false, code: error.code, message: error.message }
    throw error
  }
}

const maxCharacters = 1024
const maxNodes = 200
const maxDepth = 16
const maxListItems = 100

const isLongerThan = (source: string, characters: number): boolean =>
  source.length > characters && (source.length > 2 * characters || [...source].length > characters)

const textFunctions: readonly string[] = ['startsWith', 'endsWith', 'contains']
const comparisons: readonly string[] = ['<', '<=', '>', '>=', '==', '!=', 'in']
const maxInt = (1n << 63n) - 1n

/** Recursive descent, one method a level of precedence, lowest first. Its depth is bounded by `maxDepth`. */
class Parser {
  readonly names: Set<string> = new Set()
  readonly #tokens: readonly Token[]
  #next = 0
  #nodes = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const ast = this.#choice()
    if (this.#peek().kind !== 'end') throw this.#unexpected('an operator or the end')
    return ast
  }

  #choice(): Expression {
    const test = this.#joined(0)
    if (!this.#take('?')) return test
    this.#count()
    const yes = this.#deeper(() => this.#choice())
    this.#expect(':')
    const no = this.#deeper(() => this.#choice())
    return { kind: 'choice', test, yes, no }
  }

  /** Left-associative operators by rising precedence: `||`, `&&`, comparison (no chain), sums, products. */
  #joined(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#joined(level + 1)
    for (let used = 0; ; used++) {
      const operator = this.#operator(operators)
      if (operator === undefined) return left
      if (used > 0 && operators === comparisons)
        throw this.#unexpected(`no second comparison: '${operator}' cannot be chained`)
      this.#next++
      this.#count()
      left = { kind: 'binary', operator, left, right: this.#joined(level + 1) }
    }
  }

  #unary(): Expression {
    const operator = this.#operator(unaryOperators)
    if (operator === undefined) return this.#member()
    this.#next++
    this.#count()
    return this.#deeper(() => {
      if (operator === '-' && this.#isSmallestInt()) return this.#smallestInt()
      return { kind: 'unary', operator: operator as '!' | '-', operand: this.#unary() }
    })
  }

  /** 2^63 exists only behind a minus. */
  #isSmallestInt(): boolean {
    const token = this.#peek()
    const behind = this.#tokens[this.#next + 1]
    return token.kind === 'int' && token.value > maxInt && !(behind?.kind === 'sign' && behind.text === '.')
  }

  #smallestInt(): Expression {
    this.#next++
    this.#count()
    return { kind: 'literal', value: -maxInt - 1n }
  }

  #member(): Expression {
    let value = this.#primary()
    for (;;) {
      if (this.#isSign('['))
        throw new ExpressionFault(
          'cel-refused',
          `index at ${this.#peek().at + 1}: there is none; use 'in' or name the value`,
        )
      if (!this.#take('.')) return value
      value = this.#call(value, this.#identifier())
    }
  }

  #call(text: Expression, name: string): Expression {
    if (!this.#isSign('('))
      throw new ExpressionFault('cel-refused', `'.${name}' behind a value: only functions are called so`)
    if (!textFunctions.includes(name)) throw this.#noFunction(name)
    this.#next++
    this.#count()
    const argument = this.#arguments(1)[0] as Expression
    return { kind: 'text', function: name as TextFunction, text, argument }
  }

  #primary(): Expression {
    const token = this.#peek()
    this.#next++
    switch (token.kind) {
      case 'int':
        if (token.value > maxInt)
          throw new ExpressionFault('cel-syntax', `the int at ${token.at + 1} does not fit into 64 bits`)
        return this.#literal(token.value)
      case 'double':
      case 'string':
        return this.#literal(token.value)
      case 'name':
        return this.#named(token.text)
      case 'sign':
        if (token.text === '(') return this.#parenthesis()
        if (token.text === '[') return this.#list()
        break
      case 'end':
    }
    this.#next--
    throw this.#unexpected('a value')
  }

  #literal(value: boolean | bigint | number | string): Expression {
    this.#count()
    return { kind: 'literal', value }
  }

  #parenthesis(): Expression {
    const inner = this.#deeper(() => this.#choice())
    this.#expect(')')
    return inner
  }

  #list(): Expression {
    this.#count()
    return { kind: 'list', items: this.#deeper(() => this.#items(']', maxListItems)) }
  }

  /** A literal, a call, or a dotted name; `x.f(` leaves `.f` to the caller. */
  #named(first: string): Expression {
    if (first === 'true' || first === 'false') return this.#literal(first === 'true')
    if (first === 'in') throw this.#unexpectedAt(this.#next - 1, 'a value')
    if (first === 'null') throw new ExpressionFault('cel-refused', `'null': a value is there or not; use has(name)`)
    if (this.#isSign('(')) return this.#function(first)
    return { kind: 'name', name: this.#dotted(first) }
  }

  #dotted(first: string): string {
    this.#count()
    let name = first
    while (this.#isSign('.') && !this.#isMethod()) {
      this.#next++
      name += `.${this.#identifier()}`
    }
    this.names.add(name)
    return name
  }

  /** Whether the tokens from here are `.name(`. */
  #isMethod(): boolean {
    const behind = this.#tokens[this.#next + 2]
    return this.#tokens[this.#next + 1]?.kind === 'name' && behind?.kind === 'sign' && behind.text === '('
  }

  #function(name: string): Expression {
    if (name !== 'size' && name !== 'has') throw this.#noFunction(name)
    this.#next++
    this.#count()
    if (name === 'size') return { kind: 'size', argument: this.#arguments(1)[0] as Expression }
    const [argument] = this.#arguments(1)
    if (argument?.kind !== 'name') throw new ExpressionFault('cel-refused', 'has() takes a name and nothing else')
    return { kind: 'has', name: argument.name }
  }

  #arguments(wanted: number): readonly Expression[] {
    const found = this.#deeper(() => this.#items(')', maxListItems))
    if (found.length !== wanted)
      throw new ExpressionFault('cel-syntax', `a function has ${found.length} arguments, not ${wanted}`)
    return found
  }

  #items(close: ']' | ')', most: number): readonly Expression[] {
    const items: Expression[] = []
    if (this.#take(close)) return items
    for (;;) {
      items.push(this.#choice())
      if (items.length > most) throw new ExpressionFault('cel-cost', `a list has at most ${most} items`)
      if (this.#take(close)) return items
      this.#expect(',')
    }
  }

  #deeper<T>(read: () => T): T {
    this.#depth++
    if (this.#depth > maxDepth) throw new ExpressionFault('cel-cost', `nested deeper than ${maxDepth}`)
    const result = read()
    this.#depth--
    return result
  }

  #count(): void {
    this.#nodes++
    if (this.#nodes > maxNodes) throw new ExpressionFault('cel-cost', `an expression has at most ${maxNodes} nodes`)
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #isSign(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'sign' && token.text === text
  }

  #take(text: string): boolean {
    if (!this.#isSign(text)) return false
    this.#next++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`'${text}'`)
  }

  #operator(operators: readonly string[]): BinaryOperator | undefined {
    const token = this.#peek()
    const text = token.kind === 'sign' || token.kind === 'name' ? token.text : undefined
    return text !== undefined && operators.includes(text) ? (text as BinaryOperator) : undefined
  }

  #identifier(): string {
    const token = this.#peek()
    if (token.kind !== 'name' || token.text === 'in') throw this.#unexpected('a name')
    this.#next++
    return token.text
  }

  #noFunction(name: string): ExpressionFault {
    return new ExpressionFault(
      'cel-refused',
      `'${name}' is no function here; there are size, has, startsWith, endsWith, contains`,
    )
  }

  #unexpected(wanted: string): ExpressionFault {
    return this.#unexpectedAt(this.#next, wanted)
  }

  #unexpectedAt(index: number, wanted: string): ExpressionFault {
    const token = this.#tokens[index] as Token
    const found =
      token.kind === 'end' ? 'the expression ends' : `'${'text' in token ? token.text : token.value}' stands`
    return new ExpressionFault('cel-syntax', `${found} at ${token.at + 1} where ${wanted} was expected`)
  }
}

const levels: readonly (readonly string[])[] = [['||'], ['&&'], comparisons, ['+', '-'], ['*', '/', '%']]
const unaryOperators: readonly string[] = ['!', '-']
