/**
 * The module's time (R5): what it believes, how well, and what nobody can turn back.
 *
 * Sources in order: signed time with the module's nonce sets; signed time in any envelope raises the floor; the wall
 * clock (RTC, network time) may move by five minutes in sum between two signed times. A second clock that only counts
 * (`monotonic`) shows when the wall clock was moved. A wall clock that cannot be believed is not used: the time goes on
 * from the last value that could, so that nothing opens early and nothing that expired comes back.
 */
import type { Clock } from '@edgeward/base'
import { type ClockQuality, clockQualities } from '@edgeward/domain'
import type { Database } from '../store/database.ts'

/** Net movement of the wall clock that is followed without signed time. threat-model.md §8 */
export const unsignedCorrectionMs: number = 5 * 60_000
/** A clock that was set so long ago drifts. domain.md: compared at least every 24 h. */
export const synchronisedSeconds: number = 24 * 3_600
/** Up to this age of signed time a drifting clock is good enough. threat-model.md §8 */
export const driftingSeconds: number = 30 * 24 * 3_600
/**
 * For how long, in sum between two signed times, a module may have been off on the wall clock's word alone. More looks
 * like a clock that is put forward, a little at each restart.
 */
export const longestPowerCutMs: number = 12 * 3_600_000
/** Signed time that differs by less than the way of the message is no correction. */
const smallestCorrectionMs = 2_000
/** 10 s a week; domain.md §8. */
const driftPerSecond = 10 / (7 * 24 * 3_600)

/** Why the wall clock is not believed: below what is known, moved while running, or further on than power cuts. */
export type ClockFault = 'back' | 'stepped' | 'gap'

/** What a look at the clock gives. */
export interface ClockReading {
  /** Seconds since 1970. Never below the floor. */
  readonly at: number
  readonly quality: ClockQuality
  /** `synchronised` or `drifting`: the decision may rely on it. */
  readonly trusted: boolean
  /** How far the time may be off, in seconds, for a trusted one. */
  readonly boundSeconds: number
}

/** The durable part, as JSON in the store. Seconds, but for `…Ms`. */
interface Durable {
  /** Signed by the service; never sinks. */
  floor: number
  /** The last time that was believed. */
  seen: number
  /** Signed time with our nonce; 0: never. */
  setAt: number
  /** Any signed time that set the clock, commissioning too. */
  signedAt: number
  /** Time minus wall clock. */
  offsetMs: number
  /** How far the wall clock was moved since signed time. */
  movedMs: number
  /** Time over restarts since signed time, for which there is the wall clock's word alone. */
  unseenMs: number
  fault: ClockFault | null
}

export interface ModuleClockOptions {
  readonly db: Database
  readonly wall: Clock
  /** Milliseconds since any instant; never set, never stops. */
  readonly monotonic: Clock
  /** Told once when the wall clock stops being believed. */
  readonly onFault?: (fault: ClockFault, byMs: number) => void
}

export class ModuleClock {
  readonly #db: Database
  readonly #wall: Clock
  readonly #monotonic: Clock
  readonly #onFault: (fault: ClockFault, byMs: number) => void
  readonly #durable: Durable
  /** The same instant on three clocks; set at start and by signed time. */
  #anchor: { readonly valueMs: number; readonly wallMs: number; readonly monotonicMs: number }
  /** Movement in runs before this one. */
  #carriedMs: number

  constructor({ db, wall, monotonic, onFault = () => undefined }: ModuleClockOptions) {
    this.#db = db
    this.#wall = sane(wall)
    this.#monotonic = sane(monotonic)
    this.#onFault = onFault
    this.#durable = readDurable(db)
    this.#carriedMs = this.#durable.movedMs
    this.#anchor = this.#anchorAt(this.#startValue())
  }

  /** The time now. */
  look(): ClockReading {
    const valueMs = Math.max(this.#value(), this.#durable.floor * 1_000)
    const at = Math.floor(valueMs / 1_000)
    const quality = this.#qualityAt(at)
    const trusted = clockQualities.indexOf(quality) <= clockQualities.indexOf('drifting')
    const { signedAt, movedMs, unseenMs } = this.#durable
    // Behind a fault too: then the time is what has passed since a good one, and a restart must not take it back. T64
    if (signedAt > 0) this.#durable.seen = Math.max(this.#durable.seen, at)
    const boundSeconds = Math.ceil(Math.max(0, at - signedAt) * driftPerSecond + (Math.abs(movedMs) + unseenMs) / 1_000)
    return { at, quality, trusted, boundSeconds }
  }

  /** The durable floor, in seconds: below it nothing is valid again. */
  get floor(): number {
    return this.#durable.floor
  }

  /** Whether signed time is wanted. */
  get wantsTime(): boolean {
    const { at, quality } = this.look()
    return quality !== 'synchronised' || at - this.#durable.setAt > synchronisedSeconds / 24
  }

  /** Keeps what must survive a restart; inside the caller's transaction. */
  persist(): void {
    const json = JSON.stringify(this.#durable)
    this.#db.run('INSERT OR REPLACE INTO clock (id, json) VALUES (1, ?)', json)
  }

  /** Any authenticated time of the service: raises the floor. Inside the caller's transaction. */
  raiseFloor(seconds: number): void {
    if (seconds <= this.#durable.floor) return
    const behindMs = seconds * 1_000 - this.#value()
    this.#durable.floor = seconds
    if (behindMs > unsignedCorrectionMs) {
      this.#fail('back', behindMs)
      this.#anchor = this.#anchorAt(seconds * 1_000)
    }
    this.persist()
  }

  /**
   * Signed time that quotes our nonce sets the clock (`fresh`), also after it was put forward; without the nonce, at
   * commissioning, only if it agrees with the wall clock. False: it lies below the floor, which never sinks.
   * Inside the caller's transaction.
   */
  setSigned(seconds: number, { fresh }: { fresh: boolean }): boolean {
    if (seconds < this.#durable.floor) return false
    const wallMs = this.#wall.now()
    const differenceMs = seconds * 1_000 - (wallMs + this.#durable.offsetMs)
    if (!fresh && Math.abs(differenceMs) > unsignedCorrectionMs) {
      this.raiseFloor(seconds)
      return false
    }
    if (fresh && Math.abs(differenceMs) > smallestCorrectionMs) this.#durable.offsetMs += differenceMs
    const at = seconds
    Object.assign(this.#durable, { floor: at, seen: at, signedAt: at, movedMs: 0, unseenMs: 0, fault: null })
    if (fresh) this.#durable.setAt = seconds
    this.#carriedMs = 0
    this.#anchor = this.#anchorAt(wallMs + this.#durable.offsetMs)
    this.persist()
    return true
  }

  /** Knows nothing any more: the site that signed its time is gone. Inside the caller's transaction. */
  forget(): void {
    Object.assign(this.#durable, neverSet)
    this.#carriedMs = 0
    this.#anchor = this.#anchorAt(this.#startValue())
    this.persist()
  }

  #anchorAt(valueMs: number): { valueMs: number; wallMs: number; monotonicMs: number } {
    return { valueMs, wallMs: this.#wall.now(), monotonicMs: this.#monotonic.now() }
  }

  /** Where the time goes on after a restart. */
  #startValue(): number {
    const { floor, seen, offsetMs, fault, signedAt, unseenMs } = this.#durable
    const knownMs = Math.max(floor, seen) * 1_000
    const wallMs = this.#wall.now() + offsetMs
    if (fault !== null) return knownMs
    // Nothing was ever signed: there is nothing to compare with, and the quality says so.
    if (signedAt === 0) return wallMs
    if (wallMs < knownMs - unsignedCorrectionMs) return this.#failAt('back', wallMs, knownMs)
    const offMs = Math.max(0, wallMs - knownMs)
    if (unseenMs + offMs > longestPowerCutMs) return this.#failAt('gap', wallMs, knownMs)
    this.#durable.unseenMs += offMs
    return knownMs + offMs
  }

  #failAt(fault: ClockFault, wallMs: number, knownMs: number): number {
    this.#fail(fault, Math.abs(wallMs - knownMs))
    return knownMs
  }

  /** The believed time in milliseconds: the wall clock while it can be believed, else what has passed since. */
  #value(): number {
    const { valueMs, wallMs, monotonicMs } = this.#anchor
    const passedMs = this.#monotonic.now() - monotonicMs
    if (this.#durable.fault !== null) return valueMs + passedMs
    const movedMs = this.#wall.now() - wallMs - passedMs
    if (Math.abs(this.#carriedMs + movedMs) > unsignedCorrectionMs) {
      this.#fail('stepped', movedMs)
      return valueMs + passedMs
    }
    this.#durable.movedMs = this.#carriedMs + movedMs
    return valueMs + passedMs + movedMs
  }

  #fail(fault: ClockFault, byMs: number): void {
    if (this.#durable.fault !== null) return
    this.#durable.fault = fault
    this.#onFault(fault, byMs)
  }

  #qualityAt(at: number): ClockQuality {
    const { fault, setAt, signedAt, unseenMs } = this.#durable
    if (fault === 'gap') return 'floor-only'
    if (fault !== null || signedAt === 0) return 'untrusted'
    const isSet = setAt > 0 && at - setAt <= synchronisedSeconds
    if (isSet && unseenMs <= unsignedCorrectionMs) return 'synchronised'
    return at - signedAt <= driftingSeconds ? 'drifting' : 'floor-only'
  }
}

const neverSet: Durable = {
  floor: 0,
  seen: 0,
  setAt: 0,
  signedAt: 0,
  offsetMs: 0,
  movedMs: 0,
  unseenMs: 0,
  fault: null,
}

/** A clock that says no number fails; one that would pass for `now` must not get into a comparison (T25). */
function sane(clock: Clock): Clock {
  return {
    now() {
      const ms = clock.now()
      if (!Number.isFinite(ms)) throw new TypeError('a clock says no number')
      return ms
    },
  }
}

function readDurable(db: Database): Durable {
  const row = db.get('SELECT json FROM clock')
  return row === undefined ? { ...neverSet } : { ...neverSet, ...(JSON.parse(String(row.json)) as Partial<Durable>) }
}
