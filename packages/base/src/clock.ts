/** Where an instant comes from. Handed in, never read from the air. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}

/** The clock of this machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now()
  }
}

/** A clock that stands still until somebody moves it; back too, since real clocks do that. */
export class SimulatedClock implements Clock {
  #now: number

  constructor(startMs: number) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  /** Moves on, or back where negative. */
  advance(ms: number): void {
    this.#now += ms
  }

  /** Jumps to an instant in milliseconds since 1970. */
  set(ms: number): void {
    this.#now = ms
  }
}
