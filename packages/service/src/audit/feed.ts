/** Tells whoever waits that records have been added. What they are is in the database. */
import type { Timers } from '../timers.ts'

/** Another instance may have added some: look at least this often. */
const lookMs = 5_000

export class Feed {
  readonly #waiting = new Set<() => void>()
  readonly #stop: () => void

  constructor(timers: Timers) {
    this.#stop = timers.every(lookMs, () => this.added())
  }

  /** To be called after the commit. */
  added(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Calls `wake` whenever there may be more; the result ends it. */
  subscribe(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }

  close(): void {
    this.#stop()
    this.#waiting.clear()
  }
}
