/** Waiting, handed in so that tests need not. */
export interface Timers {
  /** Runs again and again; the result stops it. A run that is late is not made up for. */
  every(ms: number, run: () => void): () => void
  /** Runs once; the result calls it off. */
  after(ms: number, run: () => void): () => void
}

/** Real time. No timer keeps the process alive. */
export const systemTimers: Timers = {
  every(ms, run) {
    const timer = setInterval(run, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
