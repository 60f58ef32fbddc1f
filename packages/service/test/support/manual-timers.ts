import type { Timers } from '../../src/timers.ts'

interface Timer {
  readonly ms: number
  readonly run: () => void
  readonly again: boolean
}

/** Timers that fire when a test says so. */
export class ManualTimers implements Timers {
  readonly #waiting = new Set<Timer>()

  every(ms: number, run: () => void): () => void {
    return this.#add({ ms, run, again: true })
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ ms, run, again: false })
  }

  /** Fires all timers of this period, once. */
  fire(ms: number): void {
    for (const timer of [...this.#waiting]) {
      if (timer.ms !== ms) continue
      if (!timer.again) this.#waiting.delete(timer)
      timer.run()
    }
  }

  #add(timer: Timer): () => void {
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }
}
