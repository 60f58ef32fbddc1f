/**
 * Compressed certificates of Aliro readers (profile 0000) and of modules under the site CA: the service issues them,
 * readers show them, wallets and the service verify them. aliro.md §5.
 */

export { p256PublicKey } from '../p256.ts'
export { formatTime, parseTime } from './certificate-time.ts'
export {
  type Certificate,
  type CertificateFields,
  certificateLimits,
  decodeCertificate,
  encodeCertificate,
} from './compressed.ts'
export { CertificateError, type CertificateFault } from './errors.ts'
export { type CertificateRequest, issueReaderCertificate } from './issue.ts'
export { type VerifyOptions, verifyCertificate } from './verify.ts'
export { compressCertificate, expandCertificate } from './x509.ts'
