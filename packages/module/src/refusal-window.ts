/** Failed proofs that get a record of their own in a minute; more are only counted. threat-model.md §8, junk window. */
export const refusalsPerMinute: number = 10
const windowSeconds = 60

/** What had no record of its own: how often, and when first and last, in seconds since 1970. */
export interface Dropped {
  readonly count: number
  readonly first: number
  readonly last: number
}

const none: Dropped = { count: 0, first: 0, last: 0 }

/** Keeps junk from filling the store: admits some in a window, counts the rest. */
export class RefusalWindow {
  #since = 0
  #admitted = 0
  /** Not admitted since somebody asked. */
  #dropped = none

  admits(at: number): boolean {
    if (this.#isOver(at)) {
      this.#since = at
      this.#admitted = 0
    }
    if (this.#admitted < refusalsPerMinute) {
      this.#admitted += 1
      return true
    }
    const { count, first } = this.#dropped
    this.#dropped = { count: count + 1, first: count === 0 ? at : first, last: at }
    return false
  }

  /** The count of what was not admitted, which begins again. */
  takeDropped(): number {
    return this.#take().count
  }

  /** What was not admitted, once its window is over; undefined: nothing to tell. The count begins again. */
  takeOverdue(at: number): Dropped | undefined {
    return this.#dropped.count > 0 && this.#isOver(at) ? this.#take() : undefined
  }

  #take(): Dropped {
    const dropped = this.#dropped
    this.#dropped = none
    return dropped
  }

  #isOver(at: number): boolean {
    return at - this.#since >= windowSeconds || at < this.#since
  }
}
