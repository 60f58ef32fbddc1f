/**
 * What can go wrong outside of us while a transponder is spoken to.
 *
 * - `carrier-closed`: the link is gone, or was closed by us.
 * - `carrier-protocol`: the peer broke the framing (length, an answer nobody asked for, an impossible ATR).
 * - `carrier-unreachable`: no connection came about.
 * - `transaction-ended`: the transaction is over; its result says why.
 * - `mailbox-refused`: the device did not do what was asked of its mailbox.
 * - `mailbox-format`, `mailbox-overlap`, `mailbox-beyond`: a mailbox that is not laid out as aliro.md §20 says.
 */
export type TransponderFault =
  | 'carrier-closed'
  | 'carrier-protocol'
  | 'carrier-unreachable'
  | 'transaction-ended'
  | 'mailbox-refused'
  | 'mailbox-format'
  | 'mailbox-overlap'
  | 'mailbox-beyond'

/** The one error class of this package. Programs switch on `code`. */
export class TransponderError extends Error {
  override name = 'TransponderError'
  readonly code: TransponderFault
  constructor(code: TransponderFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
