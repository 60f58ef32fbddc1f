/** How long to wait before the next try: twice as long each time, and never all modules at the same moment (T87). */
import type { Random } from '@edgeward/base'

/** However often it failed: a broker that is back is found within this. */
export const longestPauseMs = 30_000

export class BackOff {
  readonly #firstMs: number
  readonly #random: Random
  #nextMs: number

  constructor({ firstMs, random }: { readonly firstMs: number; readonly random: Random }) {
    this.#firstMs = firstMs
    this.#nextMs = firstMs
    this.#random = random
  }

  /** The pause before the next try, in milliseconds: between half and all of what its turn is. */
  next(): number {
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(2 * pauseMs, longestPauseMs)
    const [high = 0, low = 0] = this.#random.bytes(2)
    return Math.ceil(pauseMs / 2 + ((pauseMs / 2) * (high * 256 + low)) / 65_536)
  }

  /** It went well. */
  reset(): void {
    this.#nextMs = this.#firstMs
  }
}
