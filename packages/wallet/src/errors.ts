/**
 * - `damaged`: what lies in the folder is not what a wallet wrote.
 * - `key-missing`, `key-differs`: the folder names a key that this key store does not have, or has with other bytes; a
 *   folder that was copied from another phone looks like this.
 * - `no-credential`, `unknown-credential`: nothing enrolled yet; none of this name.
 * - `bad-answer`: the service answered what no wallet can use.
 * - `too-many-documents`: more than one mailbox holds.
 */
export type WalletFault =
  | 'damaged'
  | 'key-missing'
  | 'key-differs'
  | 'no-credential'
  | 'unknown-credential'
  | 'bad-answer'
  | 'too-many-documents'

/** The one error class of this package. Programs switch on `code`. */
export class WalletError extends Error {
  override name = 'WalletError'
  readonly code: WalletFault
  constructor(code: WalletFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
