import type { Timers } from '../../src/index.ts'

/** Timers that fire when the test moves time on. */
export class ManualTimers implements Timers {
  #now = 0
  readonly #calls = new Set<{ readonly at: number; readonly call: () => void }>()

  after(delayMs: number, call: () => void): () => void {
    const entry = { at: this.#now + delayMs, call }
    this.#calls.add(entry)
    return () => this.#calls.delete(entry)
  }

  /** Everything that is due within so long, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#calls].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#calls.delete(next)
      this.#now = next.at
      next.call()
    }
    this.#now = end
  }
}
