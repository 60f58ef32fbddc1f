/**
 * Those who come to a reader and prove nothing: whom it turns away while it rests, and what of them is recorded (ten a
 * minute, T62) or only counted.
 */
import type { Clock } from '@edgeward/base'
import { describeError, type Log } from '../log.ts'
import { RefusalWindow } from '../refusal-window.ts'
import { calmReader, type GuardEffect, type GuardEvent, type ReaderGuard, stepGuard } from './reader-pause.ts'

export interface UnprovenOptions {
  /** Milliseconds that only count. */
  readonly monotonic: Clock
  readonly log: Log
  /** Appends a record of something at a reader that is no decision, in a transaction of its own. */
  readonly recordEvent: (event: string, detail: Readonly<Record<string, string>>) => void
}

export class Unproven {
  readonly #options: UnprovenOptions
  readonly #refusals = new RefusalWindow()
  /** By reader. */
  readonly #guards = new Map<string, ReaderGuard>()

  constructor(options: UnprovenOptions) {
    this.#options = options
  }

  /** Whether a reader rests, so that whoever has come now is not even asked. */
  turnsAway(reader: string): boolean {
    return this.#guard(reader, 'arrived')?.type === 'turn-away'
  }

  /** A transponder has shown what it came with. */
  shown(reader: string, proof: 'ok' | 'bad'): void {
    this.#guard(reader, proof === 'ok' ? 'proven' : 'failed')
  }

  /** Whether a denial of a bad proof gets a record of its own. */
  admits(at: number): boolean {
    return this.#refusals.admits(at)
  }

  /** How many like this one had none. */
  takeDropped(): number {
    return this.#refusals.takeDropped()
  }

  /** A phone left before there was something to decide. */
  torn(reader: string, because: string, at: number): void {
    if (this.#refusals.admits(at)) this.#record('tap-torn', { reader, because })
  }

  /** Records what was only counted, once its minute is over. */
  endOfWindow(at: number): void {
    const dropped = this.#refusals.takeOverdue(at)
    if (dropped === undefined) return
    const { count, first, last } = dropped
    const detail = { count: String(count), first: String(first), seconds: String(last - first) }
    this.#record('taps-not-recorded', detail)
  }

  #guard(reader: string, event: GuardEvent): GuardEffect | undefined {
    const [guard, effect] = stepGuard(this.#guards.get(reader) ?? calmReader, event, this.#options.monotonic.now())
    this.#guards.set(reader, guard)
    if (effect?.type === 'pause')
      this.#record('reader-paused', { reader, seconds: String(effect.pauseMs / 1_000), ...turnedAwayOf(effect) })
    if (effect?.type === 'resume') this.#record('reader-resumed', { reader, ...turnedAwayOf(effect) })
    return effect
  }

  /** It decides nothing: a disk that fails here changes no tap. */
  #record(event: string, detail: Readonly<Record<string, string>>): void {
    try {
      this.#options.recordEvent(event, detail)
    } catch (error) {
      this.#options.log.warn('record', describeError(error))
    }
  }
}

function turnedAwayOf({ turnedAway }: { readonly turnedAway: number }): Readonly<Record<string, string>> {
  return turnedAway === 0 ? {} : { turnedAway: String(turnedAway) }
}
