import { SeededRandom } from '@edgeward/base'

/** All choices of one run, from its seed. Each part of the plant has a stream of its own, so that one more draw here moves nothing there. */
export class Chance {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed >>> 0)
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#random.bytes(4)
    return Math.floor(((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32) * end)
  }

  /** A whole number of a range, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.below(10_000) < share * 100
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[this.below(from.length)]
    if (chosen === undefined) throw new RangeError('there is nothing to choose from')
    return chosen
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights)
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0))
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name as Name
    }
    throw new RangeError('no weight is above zero')
  }

  /** A seed for a part of the plant. */
  seed(): number {
    return this.below(2 ** 32)
  }
}
