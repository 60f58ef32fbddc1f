/** BER-TLV with definite lengths in the subset of aliro.md §2: tags of one or two bytes, lengths up to 65,535. */
import { concat, Reader, uintBytes, WireError } from '@edgeward/base'

/** Elements of one message. threat-model.md §8. */
const maxElements = 4_096

/** One element. */
export interface Tlv {
  readonly tag: number
  readonly value: Uint8Array
  /** Tag, length and value as they stood. */
  readonly raw: Uint8Array
}

/** The bytes of an element, with the shortest length. */
export function encodeTlv(tag: number, ...values: readonly Uint8Array[]): Uint8Array {
  const value = concat(...values)
  return concat(tag > 0xff ? uintBytes(tag, 2) : Uint8Array.of(tag), encodeLength(value.length), value)
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x100) return Uint8Array.of(0x81, length)
  return concat(Uint8Array.of(0x82), uintBytes(length, 2))
}

/** All elements of these bytes, side by side. Throws a WireError for a length past the end or of another form. */
export function decodeTlvs(bytes: Uint8Array): readonly Tlv[] {
  const reader = new Reader(bytes)
  const elements: Tlv[] = []
  while (reader.remaining > 0) {
    if (elements.length >= maxElements) throw new WireError(`more than ${maxElements} elements`)
    const start = bytes.length - reader.remaining
    const tag = readTag(reader)
    const value = reader.take(readLength(reader)).slice()
    elements.push({ tag, value, raw: bytes.slice(start, bytes.length - reader.remaining) })
  }
  return elements
}

/** ISO/IEC 8825-1 §8.1.2.4: five 1 bits, then one byte more; longer tags do not occur. */
function readTag(reader: Reader): number {
  const first = reader.u8()
  if ((first & 0x1f) !== 0x1f) return first
  const second = reader.u8()
  if (second >= 0x80) throw new WireError('a tag of more than two bytes')
  return (first << 8) | second
}

/** Any of the three forms. aliro.md §2. */
function readLength(reader: Reader): number {
  const first = reader.u8()
  if (first < 0x80) return first
  if (first === 0x81) return reader.u8()
  if (first === 0x82) return reader.u16()
  throw new WireError(`length form ${first}`)
}

/** One row of a message's table: a known tag, its length or lengths, and whether it may be missing. */
export interface TlvRow {
  readonly tag: number
  /** Exact length, or least and most. */
  readonly length: number | readonly [least: number, most: number]
  readonly optional?: true
}

/** A message written down once: its known tags, by name, in their order. */
export type TlvTable = Readonly<Record<string, TlvRow>>

/** What a table finds: the elements, those of optional rows perhaps missing. */
export type TlvFields<T extends TlvTable> = {
  readonly [N in keyof T as T[N] extends { optional: true } ? never : N]: Tlv
} & { readonly [N in keyof T as T[N] extends { optional: true } ? N : never]?: Tlv }

/**
 * The known elements of a message. Unknown tags are skipped wherever they stand; a known one that is repeated, out of
 * order, of wrong length or missing is a WireError. aliro.md §2.
 */
export function decodeTable<const T extends TlvTable>(bytes: Uint8Array, table: T): TlvFields<T> {
  const rows = Object.entries(table)
  const found: Record<string, Tlv> = {}
  let next = 0
  for (const element of decodeTlvs(bytes)) {
    const at = rows.findIndex(([, row]) => row.tag === element.tag)
    if (at < 0) continue
    if (at < next) throw new WireError(`tag ${element.tag} is repeated or out of order`)
    next = at + 1
    const [name, { length }] = rows[at] as [string, TlvRow]
    const [least, most] = typeof length === 'number' ? [length, length] : length
    if (element.value.length < least || element.value.length > most) {
      throw new WireError(`tag ${element.tag} has ${element.value.length} bytes`)
    }
    found[name] = element
  }
  for (const [name, row] of rows) if (!row.optional && !found[name]) throw new WireError(`tag ${row.tag} is missing`)
  return found as TlvFields<T>
}
