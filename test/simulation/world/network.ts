import type { Chance } from '../kernel/chance.ts'
import type { SimTime } from '../kernel/sim-time.ts'
import type { Trace } from '../kernel/trace.ts'

/** An envelope that somebody recorded on the wire. */
export interface Recorded {
  readonly direction: 'up' | 'down'
  readonly module: string
  readonly bytes: Uint8Array
}

export interface NetworkOptions {
  readonly time: SimTime
  readonly chance: Chance
  readonly trace: Trace
  /** All modules: an envelope may come to the wrong one. */
  readonly modules: readonly string[]
  readonly deliver: (to: Recorded, isAltered: boolean) => void
}

const mostRecorded = 400
const dayMs = 86_400_000

/** Carries envelopes, as badly as it is told to: loses, doubles, delays, reorders, alters and misdelivers them. */
export class Network {
  readonly #options: NetworkOptions
  readonly #recorded: Recorded[] = []
  /** How many of a hundred envelopes meet a fault. */
  badness = 0
  /** Envelopes wait here, while somebody holds them back. */
  held: Recorded[] | undefined
  carried = 0
  faults = 0

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  carry(envelope: Recorded): void {
    const { chance, time } = this.#options
    this.carried += 1
    this.#record(envelope)
    if (this.held !== undefined) {
      this.held.push(envelope)
      return
    }
    if (!chance.percent(this.badness)) {
      time.after(chance.between(1, 40), () => this.#options.deliver(envelope, false))
      return
    }
    this.faults += 1
    this.#meetFault(envelope)
  }

  /** Somebody plays an old envelope again. */
  replay(): void {
    const { chance, trace, deliver } = this.#options
    if (this.#recorded.length === 0) return
    const old = chance.pick(this.#recorded)
    trace.add(`somebody replays an envelope ${old.direction} of ${old.module}`)
    this.faults += 1
    deliver(old, false)
  }

  #meetFault(envelope: Recorded): void {
    const { chance, time, trace, deliver, modules } = this.#options
    const fault = chance.weighted({ lost: 4, doubled: 3, delayed: 3, days: 1, altered: 2, cut: 1, misdelivered: 1 })
    trace.add(`network: envelope ${envelope.direction} of ${envelope.module} ${fault}`)
    const later = (ms: number, what: Recorded = envelope, isAltered = false): void => {
      time.after(ms, () => deliver(what, isAltered))
    }
    switch (fault) {
      case 'lost':
        return
      case 'doubled':
        later(chance.between(1, 40))
        later(chance.between(1, 120_000))
        return
      case 'delayed':
        later(chance.between(100, 600_000))
        return
      case 'days':
        later(chance.between(1, 10) * dayMs)
        return
      case 'altered':
        later(10, { ...envelope, bytes: flipped(envelope.bytes, chance) }, true)
        return
      case 'cut':
        later(10, { ...envelope, bytes: envelope.bytes.slice(0, chance.below(envelope.bytes.length)) }, true)
        return
      case 'misdelivered':
        later(10, { ...envelope, module: chance.pick(modules), direction: chance.pick(['up', 'down']) }, true)
        return
    }
  }

  #record(envelope: Recorded): void {
    if (this.#recorded.length >= mostRecorded) this.#recorded.splice(this.#options.chance.below(mostRecorded), 1)
    this.#recorded.push(envelope)
  }
}

/** The same bytes but for one bit. */
export function flipped(bytes: Uint8Array, chance: Chance): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const bit = chance.below(copy.length * 8)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
