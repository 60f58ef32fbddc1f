import type { ReaderPlace } from './policy/readers.ts'

/** What a module says of itself to whoever may run it. */
export interface ModuleStatus {
  readonly module: string
  readonly commissioned: boolean
  /** Where its keys live. */
  readonly home: string
  readonly readers: readonly Pick<ReaderPlace, 'reader' | 'asset' | 'side'>[]
  readonly guards: readonly string[]
  readonly versions: {
    readonly bundle: number
    readonly revocations: number
    readonly keys: number
    readonly epoch: number
  }
  /** `now` as RFC 3339; the quality says so when the clock is simulated. */
  readonly clock: {
    readonly now: string
    readonly quality: string
    readonly simulated: boolean
    readonly boundSeconds: number
  }
  readonly link: 'up' | 'down' | 'cut'
  readonly records: {
    readonly last: number
    readonly acknowledged: number
    readonly free: number
    /** 90 % of the room for records is taken: threat-model.md §8. */
    readonly fewFree: boolean
  }
  /** `full`: nothing is permitted until there is room again. */
  readonly disk: 'ok' | 'full'
  readonly refusedEnvelopes: number
  /** A holder carried a higher epoch than the bundle's: this module is behind (R6). */
  readonly behind: boolean
  readonly tampered: false
  readonly pid: number
}

/** The quality of a clock as it is shown everywhere: a simulated one is called so (R12). */
export function shownQuality(quality: string, simulated: boolean): string {
  return simulated ? `${quality} (simulated)` : quality
}
