import { CST } from 'yaml'
import { syntaxFault } from './fault.ts'
import type { Token } from './token-reader.ts'

/** The text of a scalar without quotes and escapes, its lines folded. `indent` is that of the block around it. */
export function scalarText(token: Token, indent: number): string {
  return simpleText(token) ?? resolvedText(token, indent)
}

/** Nearly all scalars are a piece of the text as it stands. */
function simpleText({ type, source }: Token): string | undefined {
  if (source.includes('\n')) return undefined
  switch (type) {
    case 'scalar':
      return cannotBegin.has(source.charAt(0)) ? undefined : source
    case 'double-quoted-scalar':
      return source.length > 1 && source.endsWith('"') && !source.includes('\\') ? source.slice(1, -1) : undefined
    case 'single-quoted-scalar':
      return source.length > 1 && source.indexOf("'", 1) === source.length - 1 ? source.slice(1, -1) : undefined
    default:
      return undefined
  }
}

/** Of a plain scalar, YAML 1.2 §7.3.3; the library says why. */
const cannotBegin: ReadonlySet<string> = new Set(['\t', ',', '%', '|', '>', '@', '`'])

function resolvedText(token: Token, indent: number): string {
  const resolved = CST.resolveAsScalar(cstToken(token, indent), true, (at, _code, message) => {
    throw syntaxFault(at, message)
  })
  return resolved.value
}

function cstToken({ type, at, source, header }: Token, indent: number): CST.FlowScalar | CST.BlockScalar {
  if (type === 'block-scalar') return { type, offset: at, indent, source, props: header ?? [] }
  const flowType = type === 'single-quoted-scalar' || type === 'double-quoted-scalar' ? type : 'scalar'
  return { type: flowType, offset: at, indent, source }
}

/** What a plain scalar means in the core schema, YAML 1.2 §10.3.2. */
export function plainValue(text: string): string | number | boolean | null {
  if (!mayBeNumber.has(text.charAt(0))) return words.get(text) ?? (nulls.has(text) ? null : text)
  if (/^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(text)) return Number(text)
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text)
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : text
}

const mayBeNumber: ReadonlySet<string> = new Set('+-.0123456789')
const nulls: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL'])
const words: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])
