/**
 * Shapes of payloads, written down once as data: each reads one CBOR value strictly and writes it again. An unknown
 * integer key, a missing member or another type is a ShapeError (R14); what was read comes out as the same bytes.
 */
import { type CborValue, fromHex, toHex } from '@edgeward/base'
import { decodeKid, encodeKid, type KeyName, kidBytes } from '../kid.ts'

/** A value that has not the shape that its format asks for. */
export class ShapeError extends Error {
  override name = 'ShapeError'
}

/** One kind of value: how it is written and read. `read` throws a ShapeError. */
export interface Shape<T> {
  write(value: T): CborValue
  read(value: CborValue): T
}

interface Member<T> {
  readonly key: number
  readonly shape: Shape<T>
  readonly optional: boolean
}

type MemberTable<T> = {
  readonly [K in keyof T]-?: Member<Exclude<T[K], undefined>> & {
    readonly optional: Record<never, never> extends Pick<T, K> ? true : false
  }
}

/** A member that is always there, at this integer key. */
export function at<T>(key: number, shape: Shape<T>): Member<T> & { readonly optional: false } {
  return { key, shape, optional: false }
}

/** A member that may be left out. */
export function maybeAt<T>(key: number, shape: Shape<T>): Member<T> & { readonly optional: true } {
  return { key, shape, optional: true }
}

/** A map with integer keys: no more than these, and all of the required ones. */
export function members<T extends object>(table: MemberTable<T>): Shape<T> {
  const entries = Object.entries<Member<unknown>>(table)
  return {
    write(value) {
      const map = new Map<number, CborValue>()
      const named = new Map<string, unknown>(Object.entries(value))
      for (const [name, { key, shape }] of entries) {
        const member = named.get(name)
        if (member !== undefined) map.set(key, shape.write(member))
      }
      return map
    },
    read(value) {
      if (!(value instanceof Map)) throw new ShapeError('not a map')
      const read: Record<string, unknown> = {}
      let known = 0
      for (const [name, { key, shape, optional }] of entries) {
        const member: CborValue | undefined = value.get(key)
        if (member === undefined && !optional) throw new ShapeError(`${name} (${key}) is missing`)
        if (member === undefined) continue
        read[name] = shape.read(member)
        known++
      }
      if (known !== value.size) throw new ShapeError('a key that is not known here')
      return read as T
    },
  }
}

type RowTable<T> = { readonly [K in keyof T]-?: Shape<T[K]> }

/** An array of exactly these items, in the order of the table. */
export function row<T extends object>(table: RowTable<T>): Shape<T> {
  const entries = Object.entries<Shape<unknown>>(table)
  return {
    write(value) {
      const named = new Map<string, unknown>(Object.entries(value))
      return entries.map(([name, shape]) => shape.write(named.get(name)))
    },
    read(value) {
      const items = arrayOf(value)
      if (items.length !== entries.length) throw new ShapeError(`not an array of ${entries.length}`)
      return Object.fromEntries(entries.map(([name, shape], i) => [name, shape.read(items[i] as CborValue)])) as T
    },
  }
}

/** An array of any length from `least`. */
export function list<T>(shape: Shape<T>, { least = 0 }: { readonly least?: number } = {}): Shape<readonly T[]> {
  return {
    write: value => value.map(item => shape.write(item)),
    read(value) {
      const items = arrayOf(value)
      if (items.length < least) throw new ShapeError(`fewer than ${least} items`)
      return items.map(item => shape.read(item))
    },
  }
}

/** A map from text, not empty. */
export function dictionary<T>(shape: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    write: value => new Map([...value].map(([key, member]) => [key, shape.write(member)])),
    read(value) {
      if (!(value instanceof Map) || value.size === 0) throw new ShapeError('not a map with a member')
      return new Map([...value].map(([key, member]) => [text.read(key), shape.read(member)]))
    },
  }
}

/** null, or the shape. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    write: value => (value === null ? null : shape.write(value)),
    read: value => (value === null ? null : shape.read(value)),
  }
}

/** Words that travel as numbers. */
export function codes<W extends string>(table: Readonly<Record<W, number>>): Shape<W> {
  const words = new Map(Object.entries<number>(table).map(([word, number]) => [number, word as W]))
  return {
    write: word => table[word],
    read(value) {
      const word = typeof value === 'number' ? words.get(value) : undefined
      if (word === undefined) throw new ShapeError('a number with no meaning here')
      return word
    },
  }
}

/** One of these words, in clear. */
export function oneOf<W extends string>(...words: readonly W[]): Shape<W> {
  return {
    write: word => word,
    read(value) {
      const word = words.find(known => known === value)
      if (word === undefined) throw new ShapeError(`none of ${words.join(', ')}`)
      return word
    },
  }
}

/** A number from 0 to 2^53-1. */
export const uint: Shape<number> = {
  write: value => value,
  read(value) {
    if (typeof value !== 'number' || value < 0) throw new ShapeError('not a number from 0')
    return value
  },
}

/** A number from 0 to 2^63-1. */
export const bigUint: Shape<bigint> = {
  write: value => value,
  read(value) {
    if ((typeof value !== 'number' && typeof value !== 'bigint') || value < 0 || value >= 2n ** 63n) {
      throw new ShapeError('not a number from 0 below 2^63')
    }
    return BigInt(value)
  },
}

export const text: Shape<string> = {
  write: value => value,
  read(value) {
    if (typeof value !== 'string') throw new ShapeError('not a text')
    return value
  },
}

/** Bytes, of this length if one is given. */
export function bytes(length?: number): Shape<Uint8Array> {
  return {
    write: value => value,
    read(value) {
      if (!(value instanceof Uint8Array)) throw new ShapeError('not bytes')
      if (length !== undefined && value.length !== length) throw new ShapeError(`${value.length} bytes, not ${length}`)
      return value
    },
  }
}

/** Bytes that stand as lower-case hex. */
export function hex(length: number): Shape<string> {
  const inner = bytes(length)
  return { write: fromHex, read: value => toHex(inner.read(value)) }
}

/** Id and version of a key in 12 bytes. */
export const kid: Shape<KeyName> = { write: encodeKid, read: value => decodeKid(bytes(kidBytes).read(value)) }

/** Plain data with text keys: what JSON has, without fractions, and bytes. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[] | PlainMap
export type PlainMap = { readonly [key: string]: Plain }

export const plain: Shape<Plain> = {
  write(value) {
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
    return isList(value) ? value.map(item => plain.write(item)) : plainMap.write(value)
  },
  read(value) {
    if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
      return value
    if (value instanceof Uint8Array) return value
    if (value instanceof Map) return plainMap.read(value)
    return arrayOf(value).map(item => plain.read(item))
  },
}

/** A map from text to plain data. */
export const plainMap: Shape<PlainMap> = {
  write: value => new Map(Object.entries(value).map(([key, member]) => [key, plain.write(member)])),
  read(value) {
    if (!(value instanceof Map)) throw new ShapeError('not a map')
    return Object.fromEntries([...value].map(([key, member]) => [text.read(key), plain.read(member)]))
  },
}

function arrayOf(value: CborValue): readonly CborValue[] {
  if (!Array.isArray(value)) throw new ShapeError('not an array')
  return value
}

/** `Array.isArray` does not know read-only arrays. */
function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
