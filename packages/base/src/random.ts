import { randomBytes } from 'node:crypto'
import { toHex } from './bytes.ts'

/** Where randomness comes from. Handed in, so that a simulation can be repeated from its seed. */
export interface Random {
  /** As many bytes as asked for, in a new array. */
  bytes(count: number): Uint8Array
}

/** The operating system's generator. */
export class SystemRandom implements Random {
  bytes(count: number): Uint8Array {
    return Uint8Array.from(randomBytes(count))
  }
}

const probedBytes = 32

/**
 * Whether a generator seems to be one: false for one that gives zeros or any single byte, repeats a block of 16 bytes
 * or begins anew at each draw. Asked at every start, before a key is made or a challenge sent. Threat T02.
 */
export function generatorDiffers(random: Random): boolean {
  const draws = [random.bytes(probedBytes), random.bytes(probedBytes)]
  const blocks = draws.flatMap(draw => [toHex(draw.subarray(0, 16)), toHex(draw.subarray(16))])
  return new Set(blocks).size === blocks.length && blocks.every(block => !/^(..)\1*$/.test(block))
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

  /** The next 32 bits. Marsaglia, Xorshift RNGs (2003), section 4. */
  #next(): number {
    const [first = 0, second = 0, third = 0, last = 0] = this.#state
    let word = last ^ (last << 11)
    word ^= word >>> 8
    this.#state.set([word ^ first ^ (first >>> 19), first, second, third])
    return word ^ first ^ (first >>> 19)
  }
}
