import { describe, type Entry, type Node, quote } from './node.ts'
import type { Scope } from './scope.ts'
import { nearestName } from './suggestion.ts'

/** Reads a value of the file; undefined if it is wrong, which it has then reported. */
export type Reader<T> = (node: Node, scope: Scope) => T | undefined

/** A key that a mapping must have. */
export interface Required<T> {
  readonly required: Reader<T>
}
export const required = <T>(reader: Reader<T>): Required<T> => ({ required: reader })

/** The keys of a mapping and how their values are read. */
export type Shape = Readonly<Record<string, Reader<unknown> | Required<unknown>>>

type ValueOf<F> = F extends Required<infer T> ? T : F extends Reader<infer T> ? T : never

/** A mapping that was read. */
export interface Fields<S extends Shape> {
  /** What was written and is right. */
  readonly values: { readonly [K in keyof S]?: ValueOf<S[K]> }
  readonly at: number
  /** The entry of a key, if it is written, right or wrong. */
  entry(key: keyof S & string): Entry | undefined
  /** Whether the key is missing or everything in its value is right. */
  isSound(key: keyof S & string): boolean
}

/**
 * Reads a mapping by its shape: reports keys that are unknown or missing, and whatever the readers report. Undefined if
 * the node is no mapping.
 */
export function readFields<S extends Shape>(node: Node, scope: Scope, shape: S): Fields<S> | undefined {
  if (node.kind !== 'map') return void wrongType(node, scope, 'a mapping')
  const entries = new Map<string, Entry>()
  for (const entry of node.entries) {
    if (Object.hasOwn(shape, entry.key)) entries.set(entry.key, entry)
    else reportUnknownKey(entry, scope, Object.keys(shape))
  }
  // In the order of the shape, not of the file: equal sites are equal to the last byte.
  const values: Record<string, unknown> = Object.create(null)
  const unsound = new Set<string>()
  for (const [key, field] of Object.entries(shape)) {
    const entry = entries.get(key)
    if (entry === undefined) {
      if (typeof field !== 'function') reportMissingKey(node.at, scope, key)
      continue
    }
    const before = scope.errorCount()
    const read = typeof field === 'function' ? field : field.required
    const value = read(entry.value, scope)
    if (scope.errorCount() > before) unsound.add(key)
    if (value !== undefined) values[key] = value
  }
  return {
    values: values as Fields<S>['values'],
    at: node.at,
    entry: key => entries.get(key),
    isSound: key => !unsound.has(key),
  }
}

/** A reader for mappings of a shape whose values then become the model's. */
export const fields =
  <S extends Shape, T>(shape: S, make: (read: Fields<S>, scope: Scope) => T | undefined): Reader<T> =>
  (node, scope) => {
    const read = readFields(node, scope, shape)
    return read && make(read, scope)
  }

export function reportUnknownKey(entry: Entry, scope: Scope, known: readonly string[]): void {
  const suggestion = nearestName(entry.key, known)
  const message = `the key ${quote(entry.key)} is not known here; known are ${known.join(', ')}.`
  scope.report(entry.keyAt, 'unknown-key', message, suggestion)
}

export function reportMissingKey(at: number, scope: Scope, key: string): void {
  scope.report(at, 'missing-key', `the key "${key}" is missing; add it to this mapping.`)
}

/** Keys of which one excludes the others: the second in the file is one too many. */
export function reportConflict<S extends Shape>(
  read: Pick<Fields<S>, 'entry'>,
  scope: Scope,
  { keys, message }: { readonly keys: readonly (keyof S & string)[]; readonly message: string },
): boolean {
  const [, second] = writtenKeys(read, keys).map(key => read.entry(key))
  if (second === undefined) return false
  scope.report(second.keyAt, 'conflict', message)
  return true
}

/** Those of some keys that are written, in the order of the file. */
export function writtenKeys<K extends string>(
  read: { entry(key: K): Entry | undefined },
  keys: readonly K[],
): readonly K[] {
  const place = (key: K): number => read.entry(key)?.keyAt ?? 0
  return keys.filter(key => read.entry(key) !== undefined).toSorted((a, b) => place(a) - place(b))
}

export function wrongType(node: Node, scope: Scope, expected: string): void {
  scope.report(node.at, 'wrong-type', `expected ${expected}, got ${describe(node)}.`)
}

/** A list; a list of one may be written without brackets. Items that are wrong are left out. */
export const list =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (node, scope) => {
    if (node.kind !== 'list') {
      const only = item(node, scope)
      return only === undefined ? [] : [only]
    }
    const items: T[] = []
    for (const child of node.items) {
      const read = item(child, scope)
      if (read !== undefined) items.push(read)
    }
    return items
  }

/** A mapping with keys of the writer's choice; entries whose value is wrong are left out. */
export const record =
  <T>(
    entry: (value: Node, scope: Scope, key: string, keyAt: number) => T | undefined,
    { checkKey }: { readonly checkKey: (entry: Entry, scope: Scope) => void },
  ): Reader<Readonly<Record<string, T>>> =>
  (node, scope) => {
    if (node.kind !== 'map') return void wrongType(node, scope, 'a mapping')
    // Without a prototype: an id may be `constructor`.
    const read: Record<string, T> = Object.create(null)
    for (const child of node.entries) {
      checkKey(child, scope)
      const value = entry(child.value, scope, child.key, child.keyAt)
      if (value !== undefined) read[child.key] = value
    }
    return read
  }

/** Leaves out members without a value, which the model's optional members do not allow. */
export function defined<T extends object>(members: T): Defined<T> {
  const kept = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  return kept as Defined<T>
}

export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
