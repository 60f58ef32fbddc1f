/**
 * `undecodable`: not a certificate of this profile, or not in its one form. `point`: the subject key is no point of
 * the curve. `signature`: not signed by this issuer, or over other bytes. `not-yet-valid`, `expired`: by the clock.
 */
export type CertificateFault = 'undecodable' | 'point' | 'signature' | 'not-yet-valid' | 'expired'

export class CertificateError extends Error {
  override name = 'CertificateError'
  readonly code: CertificateFault
  constructor(code: CertificateFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
