import { ExpressionFault } from './fault.ts'

export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'int'; readonly value: bigint; readonly at: number }
  | { readonly kind: 'double'; readonly value: number; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

/** The tokens of a source, the end included. Throws an ExpressionFault. */
export function tokenise(source: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const space = match(spaces, source, at)
    if (space !== undefined) {
      at += space.length
      continue
    }
    const { token, length } = nextToken(source, at)
    tokens.push(token)
    at += length
  }
  tokens.push({ kind: 'end', at })
  return tokens
}

const spaces = /[ \t\r\n]+/y
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y
const double = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)/y
const int = /\d+/y
const sign = /<=|>=|==|!=|&&|\|\||[-+*/%<>!?:.,()[\]]/y
/** Parts of CEL that have a form of their own and no place here: maps, messages, unsigned, hexadecimal and raw literals. */
const refused = /[{}]|0[xX]|[rRbB]{1,2}["']|"""|'''/y
/** An int literal that a minus may still bring into range; beyond it nothing can. */
const maxMagnitude = 1n << 63n

function nextToken(source: string, at: number): { readonly token: Token; readonly length: number } {
  const foreign = match(refused, source, at)
  if (foreign !== undefined)
    throw new ExpressionFault('cel-refused', `'${foreign}' at ${at + 1} is CEL that is not supported`)
  const name = match(identifier, source, at)
  if (name !== undefined) return { token: { kind: 'name', text: name, at }, length: name.length }
  const number = match(double, source, at) ?? match(int, source, at)
  if (number !== undefined) return { token: numberToken(source, at, number), length: number.length }
  const text = match(sign, source, at)
  if (text !== undefined) return { token: { kind: 'sign', text, at }, length: text.length }
  if (source[at] === '"' || source[at] === "'") return stringToken(source, at)
  throw new ExpressionFault(
    'cel-syntax',
    `'${String.fromCodePoint(source.codePointAt(at) as number)}' at ${at + 1} has no meaning here`,
  )
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function numberToken(source: string, at: number, text: string): Token {
  const next = source[at + text.length] ?? ''
  if (next === 'u' || next === 'U')
    throw new ExpressionFault('cel-refused', `unsigned literal at ${at + 1}: write a plain number`)
  if (/[A-Za-z0-9_]/.test(next)) throw new ExpressionFault('cel-syntax', `'${next}' behind the number at ${at + 1}`)
  if (!/^\d+$/.test(text)) return { kind: 'double', value: finite(Number(text), at), at }
  const value = BigInt(text)
  if (value > maxMagnitude) throw new ExpressionFault('cel-syntax', `the int at ${at + 1} does not fit into 64 bits`)
  return { kind: 'int', value, at }
}

function finite(value: number, at: number): number {
  if (!Number.isFinite(value)) throw new ExpressionFault('cel-syntax', `the double at ${at + 1} is too large`)
  return value
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', t: '\t' }

function stringToken(source: string, start: number): { readonly token: Token; readonly length: number } {
  const quote = source[start]
  let value = ''
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at] as string
    if (char === quote) return { token: { kind: 'string', value, at: start }, length: at + 1 - start }
    if (char === '\n' || char === '\r') break
    if (char !== '\\') {
      value += char
      continue
    }
    at++
    const letter = source[at] ?? ''
    const meant = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
    if (meant === undefined)
      throw new ExpressionFault('cel-syntax', `'\\${letter}' at ${at} is no escape; there are \\\\ \\' \\" \\n \\t`)
    value += meant
  }
  throw new ExpressionFault('cel-syntax', `the string at ${start + 1} does not end`)
}
