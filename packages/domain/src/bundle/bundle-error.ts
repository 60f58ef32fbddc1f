/** `version`: another format version than this module knows. `malformed`: not the bytes of a bundle. */
export type BundleFault = 'version' | 'malformed'

export class BundleError extends Error {
  override name = 'BundleError'
  readonly code: BundleFault
  constructor(code: BundleFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
