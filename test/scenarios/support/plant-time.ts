/** The time of a plant: it goes on by itself, a test puts it forward, and what was due in between happens at once. */
import type { Clock } from '@edgeward/base'
import type { Timers } from '@edgeward/service'

/** 11:00 in Zurich, a Tuesday. */
const startMs = Date.UTC(2026, 10, 24, 10, 0, 0)

interface Waiting {
  readonly dueMs: number
  readonly run: () => void
  handle: NodeJS.Timeout
}

export class PlantTime {
  /** The time of day. */
  readonly wall: Clock = { now: () => startMs + this.#passedMs() + this.#wallOffsetMs }
  /** Milliseconds that nobody sets. */
  readonly monotonic: Clock = { now: () => this.#passedMs() + this.#sleptMs }
  readonly timers: Timers = {
    after: (ms, run) => this.#after(ms, run),
    every: (ms, run) => this.#every(ms, run),
  }
  readonly #beganMs = performance.now()
  readonly #waiting = new Set<Waiting>()
  #skippedMs = 0
  #wallOffsetMs = 0
  #sleptMs = 0

  /** Puts everything forward. What is due often in that time happens once: late runs are not made up for. */
  skip(ms: number): void {
    this.#skippedMs += ms
    const nowMs = this.#passedMs()
    for (const timer of [...this.#waiting].sort((a, b) => a.dueMs - b.dueMs)) {
      if (!this.#waiting.has(timer)) continue
      clearTimeout(timer.handle)
      if (timer.dueMs <= nowMs) this.#fire(timer)
      else timer.handle = this.#arm(timer)
    }
  }

  /** Sets all clocks on the wall back (forward where negative); nothing falls due by it. */
  setBack(ms: number): void {
    this.#wallOffsetMs -= ms
  }

  /** The whole machine sleeps: no timer runs meanwhile. Some count that time in what nobody sets, some do not. */
  sleep(ms: number, { monotonicSleeps }: { readonly monotonicSleeps: boolean }): void {
    this.#wallOffsetMs += ms
    if (!monotonicSleeps) this.#sleptMs += ms
  }

  #passedMs(): number {
    return Math.floor(performance.now() - this.#beganMs) + this.#skippedMs
  }

  #after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.#passedMs() + ms, run } as Waiting
    timer.handle = this.#arm(timer)
    this.#waiting.add(timer)
    return () => {
      clearTimeout(timer.handle)
      this.#waiting.delete(timer)
    }
  }

  #every(ms: number, run: () => void): () => void {
    let cancel: () => void = () => undefined
    const again = (): void => {
      cancel = this.#after(ms, again)
      run()
    }
    cancel = this.#after(ms, again)
    return () => cancel()
  }

  #arm(timer: Waiting): NodeJS.Timeout {
    return setTimeout(() => this.#fire(timer), timer.dueMs - this.#passedMs()).unref()
  }

  #fire(timer: Waiting): void {
    if (this.#waiting.delete(timer)) timer.run()
  }
}

export const minuteMs = 60_000
export const hourMs: number = 60 * minuteMs
export const dayMs: number = 24 * hourMs
