import type { Clock } from '@edgeward/base'

/** Milliseconds that only count. */
export const machineMonotonic: Clock = { now: () => performance.now() }

/** What a simulated clock may differ from real time within one look and still have gone on by itself. */
const smallestJumpMs = 1_000

/**
 * The monotonic twin of a simulated clock: when that is put forward, so much time has passed. When it is put back, nothing
 * has: the module sees a clock that somebody turned back.
 */
export class SimulatedMonotonic implements Clock {
  readonly #wall: Clock
  readonly #machine: Clock
  #wallMs: number
  #machineMs: number
  #value = 0

  constructor(wall: Clock, machine: Clock = machineMonotonic) {
    this.#wall = wall
    this.#machine = machine
    this.#wallMs = wall.now()
    this.#machineMs = machine.now()
  }

  now(): number {
    const [wallMs, machineMs] = [this.#wall.now(), this.#machine.now()]
    const passedMs = machineMs - this.#machineMs
    const shownMs = wallMs - this.#wallMs
    this.#wallMs = wallMs
    this.#machineMs = machineMs
    this.#value += shownMs - passedMs > smallestJumpMs ? shownMs : passedMs
    return this.#value
  }
}
