/**
 * What a site file is made of when it is written. Members without a value are left out. A `Map` where the order of keys
 * matters, since an object does not keep the order of keys that are all digits.
 */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap | ReadonlyMap<string, Plain>
export interface PlainMap {
  readonly [key: string]: Plain | undefined
}

/** A mapping as block YAML, `indent` spaces in. An entry that fits a line is written as a flow mapping or list. */
export function emitMap(map: AnyMap, indent: number): string {
  return entriesOf(map)
    .map(([key, value]) => emitEntry(key, value, indent))
    .join('')
}

function emitEntry(key: string, value: Plain, indent: number): string {
  const space = ' '.repeat(indent)
  const name = emitKeyName(key)
  if (name.length > maxImplicitKey) return `${space}? ${name}\n${space}: ${emitFlow(value)}\n`
  const head = `${space}${name}:`
  const line = `${head} ${emitFlow(value)}\n`
  if (line.length <= lineWidth || !isCollection(value)) return line
  const body = isList(value) ? emitItems(value, indent + 2) : emitMap(value, indent + 2)
  return `${head}\n${body}`
}

/** A list as block YAML; items are flow as far as they fit a line. */
export function emitItems(items: readonly Plain[], indent: number): string {
  return items.map(item => emitItem(item, indent)).join('')
}

function emitItem(item: Plain, indent: number): string {
  const dash = `${' '.repeat(indent)}- `
  const line = `${dash}${emitFlow(item)}\n`
  if (line.length <= lineWidth || !isCollection(item)) return line
  const body = isList(item) ? emitItems(item, indent + 2) : emitMap(item, indent + 2)
  // The first line of the body stands behind the dash.
  return `${dash}${body.slice(indent + 2)}`
}

function emitFlow(value: Plain): string {
  if (!isCollection(value)) return emitScalar(value)
  if (isList(value)) return `[${value.map(emitFlow).join(', ')}]`
  const entries = entriesOf(value).map(([key, member]) => `${emitKey(key)} ${emitFlow(member)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** Up to where the colon ends. A key of more than 1,024 characters is only a key behind a `?`, YAML 1.2 §7.4.2. */
function emitKey(key: string): string {
  const name = emitKeyName(key)
  return name.length > maxImplicitKey ? `? ${name} :` : `${name}:`
}

/** A key of digits is read as its text. */
const emitKeyName = (key: string): string => (digits.test(key) ? key : emitScalar(key))

function emitScalar(value: string | number | boolean | null): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'string') return String(value)
  return isPlain(value) ? value : JSON.stringify(value).replace(notPrintable, escapeCharacter)
}

/** Whether a text means itself without quotes: no sign of YAML in it, and no number, boolean or null. */
const isPlain = (text: string): boolean => plainText.test(text) && !otherScalar.test(text)

const plainText = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_ .()/+-]*[\p{L}\p{N}_.()/+-])?$/u
const otherScalar = /^(?:null|true|false|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-f]+)$/i

/** What JSON leaves as it is and YAML 1.2 §5.1 does not. */
const notPrintable = /[\u{7F}-\u{9F}\u{FEFF}\u{FFFE}\u{FFFF}]/gu
const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

type AnyMap = PlainMap | ReadonlyMap<string, Plain>
const isCollection = (value: Plain): value is readonly Plain[] | AnyMap => typeof value === 'object' && value !== null
const isList = (value: readonly Plain[] | AnyMap): value is readonly Plain[] => Array.isArray(value)

const entriesOf = (map: AnyMap): [string, Plain][] =>
  [...(map instanceof Map ? map : Object.entries(map))].flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  )

const digits = /^[0-9]+$/
const lineWidth = 140
const maxImplicitKey = 1000
