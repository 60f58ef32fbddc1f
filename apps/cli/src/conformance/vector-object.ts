import { fromHex } from '@edgeward/base'

/** A case that is not as its format says, or asks for what the runner does not know. Always a failure. */
export class VectorError extends Error {
  override name = 'VectorError'
}

/** An object of a vector file: every member is asked for by name, and what nobody asked for is a failure. */
export class VectorObject {
  readonly #members: ReadonlyMap<string, unknown>
  readonly #unread: Set<string>
  readonly #where: string

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new VectorError(`${where}: not an object`)
    this.#members = new Map(Object.entries(value))
    this.#unread = new Set(this.#members.keys())
    this.#where = where
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  /** The names of all members. */
  names(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** The member as it stands; `undefined` if it is missing. */
  any(name: string): unknown {
    this.#unread.delete(name)
    return this.#members.get(name)
  }

  text(name: string): string {
    const value = this.any(name)
    if (typeof value !== 'string') throw new VectorError(`${this.#where}.${name}: not a text`)
    return value
  }

  number(name: string): number {
    const value = this.any(name)
    if (typeof value !== 'number') throw new VectorError(`${this.#where}.${name}: not a number`)
    return value
  }

  flag(name: string): boolean {
    const value = this.any(name) ?? false
    if (typeof value !== 'boolean') throw new VectorError(`${this.#where}.${name}: not true or false`)
    return value
  }

  hex(name: string): Uint8Array {
    try {
      return fromHex(this.text(name))
    } catch (error) {
      if (error instanceof RangeError) throw new VectorError(`${this.#where}.${name}: ${error.message}`)
      throw error
    }
  }

  optionalHex(name: string): Uint8Array | undefined {
    return this.has(name) ? this.hex(name) : undefined
  }

  list(name: string): readonly unknown[] {
    const value = this.any(name) ?? []
    if (!Array.isArray(value)) throw new VectorError(`${this.#where}.${name}: not a list`)
    return value
  }

  object(name: string): VectorObject {
    return new VectorObject(this.any(name), `${this.#where}.${name}`)
  }

  objects(name: string): readonly VectorObject[] {
    return this.list(name).map((value, i) => new VectorObject(value, `${this.#where}.${name}[${i}]`))
  }

  /** Members that are for information, or are read elsewhere. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#unread.delete(name)
  }

  /** Fails when a member was not asked for. */
  end(): void {
    if (this.#unread.size > 0) throw new VectorError(`${this.#where}: unknown field ${[...this.#unread].join(', ')}`)
  }
}
