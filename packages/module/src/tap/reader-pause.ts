/**
 * Failed proofs at one reader: ten within a minute, and the reader rests for five seconds, twice as long after each
 * further one, a minute at most. Whoever comes next after a rest is taken: an honest holder waits for one rest and no
 * longer, and his proof ends the count. A pure function; time is what has passed on a clock that only counts.
 * threat-model.md §8.
 */

/** Failed proofs within the window before a reader rests. */
export const failedProofsBeforePause: number = 10
export const failedProofsWindowMs: number = 60_000
export const firstPauseMs: number = 5_000
export const longestPauseMs: number = 60_000

/** What a reader remembers of those who came. */
export interface ReaderGuard {
  /** When the last proofs failed; fewer than it takes. */
  readonly failuresMs: readonly number[]
  /** Pauses without an honest tap or a calm minute in between. */
  readonly pauses: number
  readonly untilMs: number
  /** Turned away since somebody was told. */
  readonly turnedAway: number
}

/** A reader at which nothing has happened. */
export const calmReader: ReaderGuard = { failuresMs: [], pauses: 0, untilMs: Number.NEGATIVE_INFINITY, turnedAway: 0 }

/** A transponder comes; its proof was good; its proof was bad. */
export type GuardEvent = 'arrived' | 'proven' | 'failed'

export type GuardEffect =
  /** Whoever has come is not even asked. */
  | { readonly type: 'turn-away' }
  /** A pause begins; so many were turned away in the one before. */
  | { readonly type: 'pause'; readonly pauseMs: number; readonly turnedAway: number }
  /** The first honest tap after a pause. */
  | { readonly type: 'resume'; readonly turnedAway: number }

/** What a reader remembers then, and what there is to do. */
export function stepGuard(
  guard: ReaderGuard,
  event: GuardEvent,
  nowMs: number,
): readonly [ReaderGuard, GuardEffect | undefined] {
  const rests = nowMs < guard.untilMs
  switch (event) {
    case 'arrived':
      return rests ? [{ ...guard, turnedAway: guard.turnedAway + 1 }, { type: 'turn-away' }] : [guard, undefined]
    case 'proven': {
      const { pauses, turnedAway } = guard
      return [calmReader, pauses > 0 ? { type: 'resume', turnedAway } : undefined]
    }
    case 'failed':
      // Taken before the pause began: it has been counted in its beginning.
      return rests ? [guard, undefined] : fail(guard, nowMs)
  }
}

function fail(guard: ReaderGuard, nowMs: number): readonly [ReaderGuard, GuardEffect | undefined] {
  const stillWary = guard.pauses > 0 && nowMs - guard.untilMs < failedProofsWindowMs
  const pauses = stillWary ? guard.pauses : 0
  const failuresMs = [...guard.failuresMs.filter(at => nowMs - at < failedProofsWindowMs), nowMs]
  if (!stillWary && failuresMs.length < failedProofsBeforePause) return [{ ...guard, failuresMs, pauses }, undefined]
  const pauseMs = Math.min(firstPauseMs * 2 ** pauses, longestPauseMs)
  const { turnedAway } = guard
  const next = { failuresMs: [], pauses: pauses + 1, untilMs: nowMs + pauseMs, turnedAway: 0 }
  return [next, { type: 'pause', pauseMs, turnedAway }]
}
