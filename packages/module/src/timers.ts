/** Calls back once after a delay, unless cancelled before. Handed in, so that tests and simulations own the time. */
export interface Timers {
  /** Returns the function that cancels. */
  after(delayMs: number, call: () => void): () => void
}
