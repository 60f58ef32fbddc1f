/** Bytes that do not have the form that their format asks for. */
export class WireError extends Error {
  override name = 'WireError'
}

/** Reads a message front to back; never gives a short answer. Numbers are big endian. */
export class Reader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** The next `count` bytes, as a view. Throws a WireError when there are fewer. */
  take(count: number): Uint8Array {
    if (!Number.isInteger(count) || count < 0 || count > this.remaining) {
      throw new WireError(`needs ${count} bytes, ${this.remaining} are left`)
    }
    const part = this.#bytes.subarray(this.#offset, this.#offset + count)
    this.#offset += count
    return part
  }

  u8(): number {
    return this.take(1)[0] as number
  }

  u16(): number {
    return (this.u8() << 8) | this.u8()
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  /** Throws a WireError when something is left over. */
  end(): void {
    if (this.remaining > 0) throw new WireError(`${this.remaining} bytes are left over`)
  }
}
