/**
 * Deterministic CBOR (RFC 8949 §4.2.1), the subset that everything of ours uses: integers, byte and text strings,
 * arrays, maps with integer or text keys, booleans, null, tags. Shortest integers and lengths, definite lengths,
 * keys sorted bytewise and unique, valid UTF-8; no floats, no `undefined`.
 *
 * The decoder checks canonical form while it reads, so nothing has to be encoded again to compare.
 */
import { bytesEqual, concat, fromUtf8, utf8 } from './bytes.ts'

/** A number above 2^53 arrives as a bigint; both are accepted for writing. */
export type CborValue =
  | number
  | bigint
  | boolean
  | null
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number | bigint | string, CborValue>
  | Tagged

/** A value with a tag (RFC 8949 §3.4) around it. */
export class Tagged {
  readonly tag: number
  readonly value: CborValue
  constructor(tag: number, value: CborValue) {
    this.tag = tag
    this.value = value
  }
}

/** `malformed`: cannot be read at all, or is outside the subset. `not-canonical`: readable, but in a longer form. */
export type CborFault = 'malformed' | 'not-canonical'

export class CborError extends Error {
  override name = 'CborError'
  readonly code: CborFault
  constructor(code: CborFault, message: string) {
    super(message)
    this.code = code
  }
}

export interface CborLimits {
  /** Deepest nesting of arrays, maps and tags. */
  readonly maxDepth?: number
  /** Tags that may occur; any other is `malformed`. */
  readonly tags?: readonly number[]
}

const defaultMaxDepth = 16

/** The one encoding of a value. Throws a TypeError for what has none (a fraction, `undefined`). */
export function encodeCbor(value: CborValue): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6)
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'number' || typeof value === 'bigint') return encodeInteger(value)
  if (typeof value === 'string') {
    const text = utf8(value)
    return concat(head(3, text.length), text)
  }
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (value instanceof Tagged) return concat(head(6, value.tag), encodeCbor(value.value))
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(encodeCbor))
  if (value instanceof Map) {
    const entries = [...value].map(([key, member]) => [encodeCbor(key), encodeCbor(member)] as const)
    entries.sort(([a], [b]) => compareBytes(a, b))
    return concat(head(5, entries.length), ...entries.flat())
  }
  throw new TypeError(`no CBOR for a ${typeof value}`)
}

/** The value of exactly these bytes. Throws a CborError with the first fault that was met. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = {}): CborValue {
  const decoder = new Decoder(bytes, limits)
  const value = decoder.value(0)
  if (decoder.offset < bytes.length) throw new CborError('malformed', `${bytes.length - decoder.offset} bytes behind the value`)
  // A readable value with a longer form somewhere is reported after everything that is unreadable.
  if (decoder.longer !== undefined) throw new CborError('not-canonical', decoder.longer)
  return value
}

class Decoder {
  offset = 0
  /** The first place that is not in its shortest or sorted form. */
  longer: string | undefined
  readonly #bytes: Uint8Array
  readonly #maxDepth: number
  readonly #tags: readonly number[]

  constructor(bytes: Uint8Array, { maxDepth = defaultMaxDepth, tags = [] }: CborLimits) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
    this.#tags = tags
  }

  value(depth: number): CborValue {
    if (depth > this.#maxDepth) throw new CborError('malformed', `nested deeper than ${this.#maxDepth}`)
    const at = this.offset
    const initial = this.#take(1)[0] as number
    const major = initial >> 5
    if (major === 7) return simpleValue(initial)
    const argument = this.#argument(initial & 0x1f, at)
    switch (major) {
      case 0:
        return small(argument)
      case 1:
        return small(-1n - argument)
      case 2:
        return this.#take(this.#length(argument)).slice()
      case 3:
        return this.#text(this.#length(argument))
      case 4:
        return this.#array(this.#length(argument), depth)
      case 5:
        return this.#map(this.#length(argument), depth)
      default:
        if (!this.#tags.some(tag => BigInt(tag) === argument)) throw new CborError('malformed', `tag ${argument} is not known here`)
        return new Tagged(Number(argument), this.value(depth + 1))
    }
  }

  #take(count: number): Uint8Array {
    const end = this.offset + count
    if (end > this.#bytes.length) throw new CborError('malformed', `cut short at ${this.offset}`)
    const part = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return part
  }

  /** The number behind an initial byte. RFC 8949 §3. */
  #argument(info: number, at: number): bigint {
    if (info < 24) return BigInt(info)
    if (info > 27) throw new CborError('malformed', info === 31 ? `indefinite length at ${at}` : `reserved length at ${at}`)
    const width = 1 << (info - 24)
    const value = this.#take(width).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    const least = width === 1 ? 24n : 1n << BigInt(4 * width)
    if (value < least) this.longer ??= `longer than needed at ${at}`
    return value
  }

  /** A length, refused before anything is allocated when the bytes cannot be there: every item has at least one. */
  #length(argument: bigint): number {
    if (argument > BigInt(this.#bytes.length - this.offset)) throw new CborError('malformed', `length beyond the end at ${this.offset}`)
    return Number(argument)
  }

  #text(length: number): string {
    const bytes = this.#take(length)
    try {
      return fromUtf8(bytes)
    } catch {
      throw new CborError('malformed', `not UTF-8 before ${this.offset}`)
    }
  }

  #array(length: number, depth: number): CborValue[] {
    const items: CborValue[] = []
    for (let i = 0; i < length; i++) items.push(this.value(depth + 1))
    return items
  }

  #map(length: number, depth: number): Map<number | bigint | string, CborValue> {
    const map = new Map<number | bigint | string, CborValue>()
    let previous: Uint8Array | undefined
    for (let i = 0; i < length; i++) {
      const start = this.offset
      const key = this.value(depth + 1)
      if (typeof key !== 'number' && typeof key !== 'bigint' && typeof key !== 'string') {
        throw new CborError('malformed', `a key at ${start} is neither an integer nor a text`)
      }
      if (map.has(key)) throw new CborError('malformed', `a key twice at ${start}`)
      const encoded = this.#bytes.subarray(start, this.offset)
      if (previous !== undefined && compareBytes(previous, encoded) > 0) this.longer ??= `unsorted keys at ${start}`
      previous = encoded
      map.set(key, this.value(depth + 1))
    }
    return map
  }
}

function simpleValue(initial: number): boolean | null {
  if (initial === 0xf4) return false
  if (initial === 0xf5) return true
  if (initial === 0xf6) return null
  throw new CborError('malformed', 'a float, undefined or unassigned simple value')
}

function encodeInteger(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError(`no CBOR for ${value}`)
  return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value)
}

/** Initial byte and argument in the shortest form. RFC 8949 §4.2.1. */
function head(major: number, argument: number | bigint): Uint8Array {
  const value = BigInt(argument)
  const top = major << 5
  if (value < 24n) return Uint8Array.of(top | Number(value))
  if (value >= 1n << 64n) throw new TypeError(`no CBOR for ${value}`)
  const log = value < 0x100n ? 0 : value < 0x1_0000n ? 1 : value < 0x1_0000_0000n ? 2 : 3
  const width = 1 << log
  const bytes = new Uint8Array(1 + width)
  bytes[0] = top | (24 + log)
  for (let i = width, rest = value; i > 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

function small(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

/** Bytewise lexicographic order, a prefix first. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (bytesEqual(a, b)) return 0
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
