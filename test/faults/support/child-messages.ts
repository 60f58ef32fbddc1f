/** What a test and the module that it may kill tell each other. Bytes pass as they are. */
import type { FaultPoint } from '../../../packages/module/test/harness/stopping-fault-point.ts'

/** What a module can be asked to do; the answer is the call's result. */
export interface ChildCalls {
  /** Stop at this step from now on; nowhere when left out. */
  stopAt(point?: FaultPoint): void
  /** Opens the module of the folder, with the link up. */
  start(): Promise<void>
  /** Ends in order. */
  stop(): Promise<void>
  request(): Promise<Uint8Array>
  accept(encoded: Uint8Array): Promise<void>
  decommission(): Promise<void>
  /** An envelope comes over the link, and everything that it leads to is done. */
  deliver(envelope: Uint8Array): Promise<void>
  settle(): Promise<void>
  /** Time goes on, on all clocks and timers. */
  advance(ms: number): Promise<void>
  /** What was sent over the link since the last call. */
  sent(): readonly Uint8Array[]
  tap(tap: ChildTap): Promise<ChildTapResult>
  status(): ChildStatus
  /** Lines of the log. */
  warnings(): readonly string[]
}

export interface ChildTap {
  readonly tap: number
  readonly asset: string
  readonly function: string
  readonly pin?: string
}

export interface ChildTapResult {
  readonly decision: 'permit' | 'deny'
  readonly family: string
  readonly reasons: readonly string[] | undefined
  readonly trace: readonly string[]
}

export interface ChildStatus {
  readonly commissioned: boolean
  readonly last: number
  readonly acknowledged: number
  readonly disk: string
}

export type Call = keyof ChildCalls

/** To the child: a call, or what a phone answered (undefined: it has left). */
export type ToChild =
  | { readonly id: number; readonly call: Call; readonly argument?: unknown }
  | { readonly apdu: number; readonly answer?: Uint8Array }

/** From the child: a result, a command for the phone of a tap, or the end of its field. */
export type FromChild =
  | { readonly id: number; readonly result?: unknown; readonly error?: string }
  | { readonly apdu: number; readonly tap: number; readonly command: Uint8Array }
  | { readonly closed: number }

/** Every order, appended and forced to the disk at the moment of the movement: the parent sees what moved. */
export const movementsFile = 'movements.txt'
