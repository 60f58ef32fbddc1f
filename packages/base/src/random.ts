import { randomBytes } from 'node:crypto'

/** Where randomness comes from. Handed in, so that a simulation can be repeated from its seed. */
export interface Random {
  bytes(count: number): Uint8Array
}

/** The operating system's generator. */
export class SystemRandom implements Random {
  bytes(count: number): Uint8Array {
    return Uint8Array.from(randomBytes(count))
  }
}

/** A repeatable sequence (xorshift128) from a seed. For simulations and tests only: anybody can predict it. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed ^ 0x9e3779b9, seed ^ 0x243f6a88, seed ^ 0xb7e15162, (seed ^ 0xdeadbeef) | 1)
    this.bytes(64)
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 0xff)
  }

  #next(): number {
    const s = this.#state
    let t = s[3] as number
    t ^= t << 11
    t ^= t >>> 8
    s[3] = s[2] as number
    s[2] = s[1] as number
    s[1] = s[0] as number
    s[0] = t ^ (s[1] as number) ^ ((s[1] as number) >>> 19)
    return s[0] as number
  }
}
