/**
 * Deterministic CBOR (RFC 8949 §4.2.1), the subset that everything of ours uses: integers, byte and text strings,
 * arrays, maps with integer or text keys, booleans, null, tags. Shortest integers and lengths, definite lengths,
 * keys sorted bytewise and unique, valid UTF-8; no floats, no `undefined`.
 *
 * The decoder checks canonical form while it reads, so nothing has to be encoded again to compare.
 */
import { concatAll, fromUtf8, uintBytes, utf8 } from './bytes.ts'

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

/** Bytes that are not the one encoding of a value. */
export class CborError extends Error {
  override name = 'CborError'
  readonly code: CborFault
  constructor(code: CborFault, message: string) {
    super(message)
    this.code = code
  }
}

/** What a decoder accepts. How many bytes it is handed at most is its caller's to check first. */
export interface CborLimits {
  /** Deepest nesting of arrays, maps and tags. */
  readonly maxDepth?: number
  /** Most values, those inside others counted; no bound where the number of bytes is bound enough. */
  readonly maxItems?: number
  /** Tags that may occur, any other is `malformed`. With `any` the caller refuses them (above 2^53 none is read). */
  readonly tags?: readonly number[] | 'any'
}

const defaultMaxDepth = 16

/** The one encoding of a value. Throws a TypeError for what has none: a fraction, `undefined`, half a surrogate pair. */
export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return concatAll(parts)
}

function write(value: CborValue, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(0xf6))
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xf5 : 0xf4))
  else if (typeof value === 'number' || typeof value === 'bigint') parts.push(encodeInteger(value))
  else if (typeof value === 'string') writeText(value, parts)
  else if (value instanceof Uint8Array) parts.push(head(2, value.length), value)
  else if (value instanceof Tagged) {
    if (!Number.isSafeInteger(value.tag)) throw new TypeError(`no CBOR for a tag ${value.tag}`)
    parts.push(head(6, value.tag))
    write(value.value, parts)
  } else if (value instanceof Map) writeMap(value, parts)
  else if (Array.isArray(value)) {
    parts.push(head(4, value.length))
    for (const item of value) write(item, parts)
  } else throw new TypeError(`no CBOR for a ${typeof value}`)
}

function writeText(value: string, parts: Uint8Array[]): void {
  // Two texts must not have one encoding: UTF-8 would replace what is no character by U+FFFD.
  if (/\p{Surrogate}/u.test(value)) throw new TypeError('no CBOR for half a surrogate pair')
  const text = utf8(value)
  parts.push(head(3, text.length), text)
}

function writeMap(value: ReadonlyMap<number | bigint | string, CborValue>, parts: Uint8Array[]): void {
  const entries = [...value].map(([key, member]) => ({ key: encodeCbor(key), member }))
  entries.sort((a, b) => compareBytes(a.key, b.key))
  parts.push(head(5, entries.length))
  let previous: Uint8Array | undefined
  for (const { key, member } of entries) {
    // 1 and 1n are two keys of a Map and one of CBOR.
    if (previous !== undefined && compareBytes(previous, key) === 0) throw new TypeError('no CBOR for a key twice')
    previous = key
    parts.push(key)
    write(member, parts)
  }
}

/** The value of exactly these bytes. Throws a CborError with the first fault that was met. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = {}): CborValue {
  const decoder = new Decoder(bytes, limits)
  const value = decoder.value(0)
  if (decoder.offset < bytes.length)
    throw new CborError('malformed', `${bytes.length - decoder.offset} bytes behind the value`)
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
  #itemsLeft: number
  readonly #tags: readonly number[] | 'any'

  constructor(
    bytes: Uint8Array,
    { maxDepth = defaultMaxDepth, maxItems = Number.POSITIVE_INFINITY, tags = [] }: CborLimits,
  ) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
    this.#itemsLeft = maxItems
    this.#tags = tags
  }

  value(depth: number): CborValue {
    if (depth > this.#maxDepth) throw new CborError('malformed', `nested deeper than ${this.#maxDepth}`)
    if (this.#itemsLeft === 0) throw new CborError('malformed', 'more values than there may be')
    this.#itemsLeft -= 1
    const at = this.offset
    const initial = this.#take(1)[0] as number
    const major = initial >> 5
    if (major === 7) return simpleValue(initial)
    const argument = this.#argument(initial & 0x1f, at)
    switch (major) {
      case 0:
        return argument
      case 1:
        return negative(argument)
      case 2:
        // A copy, also of a Buffer, whose own slice() would be a view.
        return new Uint8Array(this.#take(this.#length(argument)))
      case 3:
        return this.#text(this.#length(argument))
      case 4:
        return this.#array(this.#length(argument), depth)
      case 5:
        return this.#map(this.#length(argument), depth)
      default:
        return new Tagged(this.#tag(argument), this.value(depth + 1))
    }
  }

  #take(count: number): Uint8Array {
    const end = this.offset + count
    if (end > this.#bytes.length) throw new CborError('malformed', `cut short at ${this.offset}`)
    const part = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return part
  }

  /** The number behind an initial byte, a bigint only where a number would not be exact. RFC 8949 §3. */
  #argument(info: number, at: number): number | bigint {
    if (info < 24) return info
    if (info > 27)
      throw new CborError('malformed', info === 31 ? `indefinite length at ${at}` : `reserved length at ${at}`)
    const width = 1 << (info - 24)
    const value = bigEndian(this.#take(width))
    const least = width === 1 ? 24 : 2 ** (4 * width)
    if (value < least) this.longer ??= `longer than needed at ${at}`
    return value
  }

  /** A length, refused before anything is allocated when the bytes cannot be there: every item has at least one. */
  #length(argument: number | bigint): number {
    if (argument > this.#bytes.length - this.offset)
      throw new CborError('malformed', `length beyond the end at ${this.offset}`)
    return Number(argument)
  }

  #tag(argument: number | bigint): number {
    if (typeof argument === 'number' && (this.#tags === 'any' || this.#tags.includes(argument))) return argument
    throw new CborError('malformed', `tag ${argument} is not known here`)
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
  if (value >= 0) return head(0, value)
  return head(1, typeof value === 'number' ? -1 - value : -1n - value)
}

/** Initial byte and argument in the shortest form. RFC 8949 §4.2.1. */
function head(major: number, argument: number | bigint): Uint8Array {
  const top = major << 5
  if (argument < 0 || argument >= 1n << 64n) throw new TypeError(`no CBOR for ${argument}`)
  if (argument >= 0x1_0000_0000) return Uint8Array.of(top | 27, ...uintBytes(argument, 8))
  const value = Number(argument)
  if (value < 24) return Uint8Array.of(top | value)
  if (value < 0x100) return Uint8Array.of(top | 24, value)
  if (value < 0x1_0000) return Uint8Array.of(top | 25, value >> 8, value)
  return Uint8Array.of(top | 26, value >> 24, value >> 16, value >> 8, value)
}

/** The number of at most eight bytes, the most significant first. */
function bigEndian(bytes: Uint8Array): number | bigint {
  const low = bytes.subarray(-4).reduce((sum, byte) => sum * 0x100 + byte, 0)
  if (bytes.length <= 4) return low
  const high = bytes.subarray(0, -4).reduce((sum, byte) => sum * 0x100 + byte, 0)
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)
}

function negative(argument: number | bigint): number | bigint {
  return typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument)
}

/** Bytewise lexicographic order, a prefix first. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
