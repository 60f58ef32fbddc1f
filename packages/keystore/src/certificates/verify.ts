import { p256PublicKey, verifyEs256Der } from '../p256.ts'
import { parseTime } from './certificate-time.ts'
import { type Certificate, decodeCertificate } from './compressed.ts'
import { CertificateError } from './errors.ts'
import { expandCertificate, signedParts } from './x509.ts'

/** Whose certificate it must be, and when. */
export interface VerifyOptions {
  /** `pub65` of the issuer: the reader group key, or the site CA. */
  readonly issuerPublicKey: Uint8Array
  /** Milliseconds since 1970. Without a trustworthy clock the dates are not checked. */
  readonly now?: number
}

/**
 * The fields of a compressed certificate that this issuer signed and that is in date; its subject key is a point of the
 * curve. Throws a CertificateError otherwise: `undecodable`, `signature`, `point`, `not-yet-valid` or `expired`.
 */
export function verifyCertificate(compressed: Uint8Array, { issuerPublicKey, now }: VerifyOptions): Certificate {
  const certificate = decodeCertificate(compressed)
  const { tbs, signature } = signedParts(expandCertificate(compressed, issuerPublicKey))
  if (!verifyEs256Der(issuerPublicKey, tbs, signature)) {
    throw new CertificateError('signature', 'the certificate is not signed by this issuer')
  }
  if (!p256PublicKey(certificate.subjectPublicKey)) {
    throw new CertificateError('point', 'the certified key is no point of the curve')
  }
  if (now !== undefined) checkDates(certificate, now)
  return certificate
}

function checkDates({ notBefore, notAfter }: Certificate, now: number): void {
  const [from = Number.NaN, to = Number.NaN] = [notBefore, notAfter].map(parseTime)
  if (!(now >= from)) throw new CertificateError('not-yet-valid', `the certificate is valid from ${notBefore}`)
  // notAfter is inclusive and has whole seconds. aliro.md §5.
  if (!(now < to + 1000)) throw new CertificateError('expired', `the certificate was valid until ${notAfter}`)
}
