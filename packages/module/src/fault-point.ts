/**
 * Named steps at which a test may stop this process and kill it. Here they do nothing: `#fault-points` of package.json
 * leads to this file in every build; a test's bundle alone sets the condition that puts another one in its place.
 */

/** Steps in the order in which they are passed. What must hold after a kill at each of them stands in test/faults. */
export type FaultPoint =
  /** The store is open, nothing was made good yet. */
  | 'start-begun'
  /** What a cut had left open is closed: orders in doubt have their outcome `unknown`. */
  | 'start-recovered'
  /** A transponder is in the field, nothing was spoken. */
  | 'tap-begun'
  /** Reader and phone have proven themselves, the document was not read. */
  | 'phone-proven'
  /** The document was read, opened and verified. */
  | 'document-read'
  /** A PIN was typed; its try is about to be committed. */
  | 'pin-try-due'
  /** The try is durable, nothing was compared. */
  | 'pin-try-committed'
  /** The PIN was compared. */
  | 'pin-compared'
  /** Decided, nothing of it is written. */
  | 'decided'
  /** Record, state and order are written, the transaction is open. */
  | 'decision-written'
  /** They are durable, the actuator was not told. */
  | 'decision-committed'
  /** The actuator has moved and told what came of it, no record says so. */
  | 'outcome-told'
  /** The outcome's record is written, its transaction is open. */
  | 'outcome-written'
  /** It is durable, and has no MAC. */
  | 'outcome-committed'
  /** MACs were made, and are not written. */
  | 'macs-made'
  /** MACs are durable. */
  | 'macs-committed'
  /** A sequence number to send with was taken, nothing was sealed. */
  | 'sequence-taken'
  /** Something sealed is about to be handed to the link. */
  | 'envelope-sealed'
  /** An envelope that came was opened, nothing was compared. */
  | 'envelope-opened'
  /** Keys of a key package are in the key store, its mark is not. */
  | 'keys-taken'
  /** What an envelope leads to is known, nothing of it is written. */
  | 'effect-computed'
  /** Effect, mark and record are written, the transaction is open. */
  | 'effect-written'
  /** They are durable, the acknowledgement was not made. */
  | 'effect-committed'
  /** A commissioning package was checked and kept; nothing of it is in force. */
  | 'package-kept'
  /** Its keys are in the key store, its settings are not in force. */
  | 'package-keys-taken'
  /** Settings, time and state are in force, the first record is not written. */
  | 'package-settled'
  /** A module that leaves: the store is empty, the keys are there. */
  | 'store-wiped'
  /** The keys are gone, the store still says that they are to go. */
  | 'keys-destroyed'
  /** The disk was full: the reserve is free, nobody was told. */
  | 'reserve-freed'
  /** There is room again and the reserve is made, no record says so. */
  | 'reserve-made'

/** Passes a step. */
export function faultPoint(_name: FaultPoint): void {
  // Nothing, in every build.
}
