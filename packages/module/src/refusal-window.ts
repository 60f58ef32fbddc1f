/** Failed proofs that get a record of their own in a minute; more are only counted. threat-model.md §8, junk window. */
export const refusalsPerMinute: number = 10
const windowSeconds = 60

/** Keeps junk from filling the store: admits some in a window, counts the rest. */
export class RefusalWindow {
  #since = 0
  #admitted = 0
  /** How many were not admitted since somebody asked. */
  #dropped = 0

  admits(at: number): boolean {
    if (at - this.#since >= windowSeconds || at < this.#since) {
      this.#since = at
      this.#admitted = 0
    }
    if (this.#admitted < refusalsPerMinute) {
      this.#admitted += 1
      return true
    }
    this.#dropped += 1
    return false
  }

  /** The count of what was not admitted, which begins again. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }
}
