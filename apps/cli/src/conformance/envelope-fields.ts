/** Reads the members of a vector strictly: another type, or a member that nobody asked for, is an error. */
import { fromHex } from '@edgeward/base'

/** A vector that is not as its README says. */
export class VectorError extends Error {
  override name = 'VectorError'
}

/** A JSON object whose members are taken out one by one; `end` refuses what is left. */
export class Fields {
  readonly #members: Map<string, unknown>
  readonly #what: string

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new VectorError(`${what} is no object`)
    this.#members = new Map(Object.entries(value))
    this.#what = what
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  raw(name: string): unknown {
    const value = this.#members.get(name)
    this.#members.delete(name)
    return value
  }

  text(name: string): string {
    const value = this.raw(name)
    if (typeof value !== 'string') throw this.#wrong(name, 'a text')
    return value
  }

  number(name: string): number {
    const value = this.raw(name)
    if (typeof value !== 'number') throw this.#wrong(name, 'a number')
    return value
  }

  bool(name: string): boolean {
    const value = this.raw(name)
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false')
    return value
  }

  bytes(name: string): Uint8Array {
    return fromHex(this.text(name))
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name)
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list')
    return value
  }

  object(name: string): Fields {
    return new Fields(this.raw(name), `${this.#what}.${name}`)
  }

  /** A member that may be missing. */
  maybe<T>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read(name) : undefined
  }

  end(): void {
    const left = [...this.#members.keys()]
    if (left.length > 0) throw new VectorError(`${this.#what} has unknown fields: ${left.join(', ')}`)
  }

  #wrong(name: string, kind: string): VectorError {
    return new VectorError(`${this.#what}.${name} is not ${kind}`)
  }
}

/** Members of a JSON object that is a table. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new VectorError('a table is no object')
  return Object.entries(value)
}
