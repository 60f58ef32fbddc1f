import type { Timers } from './timers.ts'

/** Something took longer than it may. */
export class TimeLimitError extends Error {
  override name = 'TimeLimitError'
  readonly code = 'time-limit'
}

/** Whether the caller has given up waiting: whoever works on must not act any more. */
export interface Patience {
  readonly over: boolean
}

/** Waits for work at most so long; then rejects with a TimeLimitError, and the work sees that patience is over. */
export async function withinTime<T>(
  timers: Timers,
  limitMs: number,
  what: string,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  const patience = { over: false }
  let cancel: () => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = timers.after(limitMs, () => {
      patience.over = true
      reject(new TimeLimitError(`${what} took longer than ${limitMs} ms`))
    })
  })
  try {
    return await Promise.race([work(patience), late])
  } finally {
    cancel()
  }
}

/** Throws when the caller has given up. */
export function stillWaiting(patience: Patience): void {
  if (patience.over) throw new TimeLimitError('nobody waits for this any more')
}
