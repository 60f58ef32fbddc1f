/** What a key store can answer instead of a result; keys.md §3. */
export type KeyStoreFault =
  | 'key-not-found'
  | 'key-exists'
  | 'not-allowed'
  | 'authentication-failed'
  | 'bad-input'
  | 'unsupported'
  | 'gone'
  | 'busy'
  | 'locked-out'
  | 'damaged'
  | 'self-test-failed'

/** A fault of a key store. Programs switch on `code`; to a peer, every one of them looks the same. */
export class KeyStoreError extends Error {
  override name = 'KeyStoreError'
  readonly code: KeyStoreFault
  constructor(code: KeyStoreFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
