import type { Clock } from '@edgeward/base'

interface Due {
  readonly at: number
  readonly order: number
  readonly call: () => void
}

/** Lets everything run that waits for nothing but its turn. Nothing in the plant does real input or output. */
export function quiesce(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/**
 * The one true time of a run, and all that is due at some instant of it. Time moves only when somebody says so: `run`
 * lets happen what is due on the way, `skip` is a night in which everybody slept.
 */
export class SimTime implements Clock {
  #now: number
  #order = 0
  /** Sorted by instant, then by order of coming. */
  readonly #due: Due[] = []

  constructor(startMs: number) {
    this.#now = startMs
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now
  }

  /** Calls back once; the answer cancels. */
  after(delayMs: number, call: () => void): () => void {
    const due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, call }
    let low = 0
    let high = this.#due.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#due[middle]?.at ?? 0) <= due.at) low = middle + 1
      else high = middle
    }
    this.#due.splice(low, 0, due)
    return () => {
      const index = this.#due.indexOf(due)
      if (index >= 0) this.#due.splice(index, 1)
    }
  }

  /** Goes on by so much, or until `enough` says so after something that happened. */
  async run(ms: number, enough: () => boolean = () => false): Promise<void> {
    const end = this.#now + ms
    await quiesce()
    while (!enough()) {
      const next = this.#due[0]
      if (next === undefined || next.at > end) break
      this.#due.shift()
      this.#now = Math.max(this.#now, next.at)
      next.call()
      await quiesce()
    }
    if (!enough()) this.#now = Math.max(this.#now, end)
  }

  /** So much passes while everybody sleeps; what was due comes late, once. */
  skip(ms: number): void {
    this.#now += ms
  }
}
