/**
 * What a security module can answer instead of a result.
 *
 * - `folder-in-use`: another process runs this module's data folder.
 * - `store-damaged`: the store is not readable, or of a newer format.
 * - `store-full`: no room for another record; nothing is permitted without its record.
 * - `disk-full`: the disk that the store lies on is full; as above.
 * - `simulation-refused`: simulated ports, and the module was started for production (R12).
 * - `self-test-failed`: the random generator gives zeros or repeats itself: whoever knows its next value passes for a phone.
 * - `already-commissioned`, `not-commissioned`: what was asked needs the other state.
 * - `bad-package`: a commissioning package that is not for this module, not whole or not genuine.
 * - `unknown-verb`, `bad-request`, `simulation-only`: at the control socket.
 * - `unknown-reader`: no reader of that name, or none at that asset and side. `no-tap`: nobody came.
 * - `stopped`: the module is being stopped.
 */
export type ModuleFault =
  | 'folder-in-use'
  | 'store-damaged'
  | 'store-full'
  | 'disk-full'
  | 'simulation-refused'
  | 'self-test-failed'
  | 'already-commissioned'
  | 'not-commissioned'
  | 'bad-package'
  | 'unknown-verb'
  | 'bad-request'
  | 'simulation-only'
  | 'unknown-reader'
  | 'no-tap'
  | 'stopped'

/** The one error class of this package. Programs switch on `code`; the message holds no secret. */
export class ModuleError extends Error {
  override name = 'ModuleError'
  readonly code: ModuleFault
  constructor(code: ModuleFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
