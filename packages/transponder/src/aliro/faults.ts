/** Why a device refuses. The names of aliro.md §19. */
export type DeviceFault =
  | 'malformed'
  | 'length'
  | 'class'
  | 'parameters'
  | 'instruction'
  | 'state'
  | 'version'
  | 'reader-not-proven'
  | 'certificate-undecodable'
  | 'decrypt'
  | 'not-found'
  | 'chain'
  | 'atomic'

/** Why a reader ends a transaction. The names of aliro.md §19 that the standard phase has, and what ends a link. */
export type ReaderFault =
  | 'select-failed'
  | 'application-type'
  | 'no-common-version'
  | 'status-word'
  | 'malformed'
  | 'invalid-point'
  | 'unexpected-cryptogram'
  | 'missing-cryptogram'
  | 'decrypt'
  | 'key-kind'
  | 'unknown-credential'
  | 'device-signature'
  | 'exchange-status'
  | 'oversize'
  | 'timeout'
  /** The transponder left the field. Ours. */
  | 'carrier-lost'
  /** The reader's own key or caller failed. Ours. */
  | 'reader-failed'
