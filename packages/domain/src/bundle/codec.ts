import type { CborValue } from '@edgeward/base'
import { BundleError } from './bundle-error.ts'

/** How a value of the model is written as CBOR and read back. Reading refuses every other form. */
export interface Codec<T> {
  readonly write: (value: T) => CborValue
  /** Throws a BundleError `malformed` that names the place. */
  readonly read: (value: CborValue, place: string) => T
}

interface Optional<T> extends Codec<T> {
  readonly optional: true
}

/** A codec for each member; optional ones for members that may be missing. */
type Members<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Codec<T[K]>
}

const wrong = (place: string, wanted: string): BundleError =>
  new BundleError('malformed', `${place}: ${wanted} was expected`)

export const text: Codec<string> = {
  write: value => value,
  read: (value, place) => {
    if (typeof value !== 'string') throw wrong(place, 'a text')
    return value
  },
}

/** A text that passes a test. */
export function textThat(wanted: string, passes: (value: string) => boolean): Codec<string> {
  return {
    write: value => value,
    read: (value, place) => {
      if (typeof value !== 'string' || !passes(value)) throw wrong(place, wanted)
      return value
    },
  }
}

export const flag: Codec<boolean> = {
  write: value => value,
  read: (value, place) => {
    if (typeof value !== 'boolean') throw wrong(place, 'true or false')
    return value
  },
}

/** A finite number. CBOR here has no floats: what is no integer is written `{ 0: "decimal text" }`. */
export const number: Codec<number> = {
  write: value => (Number.isSafeInteger(value) ? value : new Map([[0, String(value)]])),
  read: (value, place) => {
    if (typeof value === 'number') return value
    const decimal = value instanceof Map && value.size === 1 ? value.get(0) : undefined
    const read = typeof decimal === 'string' ? Number(decimal) : Number.NaN
    if (!Number.isFinite(read) || Number.isSafeInteger(read) || String(read) !== decimal) throw wrong(place, 'a number')
    return read
  },
}

/** One of some texts or numbers. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Codec<T> {
  return {
    write: value => value,
    read: (value, place) => {
      const found = values.find(known => known === value)
      if (found === undefined) throw wrong(place, `one of ${values.join(', ')}`)
      return found
    },
  }
}

export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    write: values => values.map(item.write),
    read: (value, place) => {
      if (!Array.isArray(value)) throw wrong(place, 'a list')
      return value.map((member: CborValue, index) => item.read(member, `${place}[${index}]`))
    },
  }
}

/** A record of the model as a list of [key, value]: a CBOR map would lose the order of the file. */
export function record<T>(item: Codec<T>): Codec<Readonly<Record<string, T>>> {
  const pairs = list<readonly [string, T]>({
    write: ([key, value]) => [key, item.write(value)],
    read: (value, place) => {
      if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string')
        throw wrong(place, 'a key with its value')
      return [value[0], item.read(value[1] as CborValue, `${place}.${value[0]}`)]
    },
  })
  return {
    write: values => pairs.write(Object.entries(values)),
    read: (value, place) => {
      const entries = pairs.read(value, place)
      if (new Set(entries.map(([key]) => key)).size < entries.length) throw wrong(place, 'each key once')
      return Object.fromEntries(entries)
    },
  }
}

export function optional<T>(codec: Codec<T>): Optional<T> {
  return { ...codec, optional: true }
}

/** An object of the model as a map from its member names. Members that are not named here are left out when writing. */
export function object<T extends object>(members: Members<T>): Codec<T> {
  const known = Object.entries(members) as [string, Codec<unknown> | Optional<unknown>][]
  return {
    write: value => {
      const present = known.filter(([name]) => (value as Record<string, unknown>)[name] !== undefined)
      return new Map(present.map(([name, codec]) => [name, codec.write((value as Record<string, unknown>)[name])]))
    },
    read: (value, place) => {
      if (!(value instanceof Map)) throw wrong(place, 'a map')
      for (const key of value.keys()) {
        if (!known.some(([name]) => name === key)) throw wrong(place, `no member ${String(key)}`)
      }
      const read: [string, unknown][] = []
      for (const [name, codec] of known) {
        const member = value.get(name) as CborValue | undefined
        if (member !== undefined) read.push([name, codec.read(member, `${place}.${name}`)])
        else if (!('optional' in codec)) throw wrong(place, `a member ${name}`)
      }
      return Object.fromEntries(read) as T
    },
  }
}

/** A list, or something that is none. */
export function listOr<A, B>(items: Codec<readonly A[]>, other: Codec<B>): Codec<readonly A[] | B> {
  return {
    write: value => (Array.isArray(value) ? items.write(value as readonly A[]) : other.write(value as B)),
    read: (value, place) => (Array.isArray(value) ? items.read(value, place) : other.read(value, place)),
  }
}

/** A codec that also refuses what fails a test. */
export function checked<T>(codec: Codec<T>, wanted: string, passes: (value: T) => boolean): Codec<T> {
  return {
    write: codec.write,
    read: (value, place) => {
      const read = codec.read(value, place)
      if (!passes(read)) throw wrong(place, wanted)
      return read
    },
  }
}
