import { bytesEqual, invariant } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { p256PublicKey } from '../p256.ts'
import { formatTime } from './certificate-time.ts'
import { derSignature } from './der.ts'
import { CertificateError } from './errors.ts'
import { verifyCertificate } from './verify.ts'
import { compressCertificate, keyIdentifier, signedCertificate, tbsCertificate } from './x509.ts'

/** What to certify. */
export interface CertificateRequest {
  /** `pub65`. */
  readonly subjectPublicKey: Uint8Array
  /** A positive number as big-endian bytes without leading zeros, 1 to 20 bytes. */
  readonly serial: Uint8Array
  /** Common names, 1 to 32 bytes of UTF-8. */
  readonly subject: string
  readonly issuer: string
  /** Milliseconds since 1970; whole seconds are kept, notAfter is inclusive. */
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Issues a compressed certificate under a P-256 key of a key store: a reader's under `reader-group`, a module's identity
 * under `site-ca`. Throws a CertificateError (`point`, `undecodable`) for a request that cannot be certified, and what
 * the key store throws.
 *
 * @example
 * const certificate = await issueReaderCertificate(store, groupKey, {
 *   subjectPublicKey: readerKey.publicKey, serial: Uint8Array.of(7), subject: 'tank-farm', issuer: 'plant',
 *   notBefore: now, notAfter: now + 14 * 86_400_000,
 * })
 */
export async function issueReaderCertificate(
  store: KeyStore,
  issuerKey: KeyHandle,
  request: CertificateRequest,
): Promise<Uint8Array> {
  const issuerPublicKey = issuerKey.publicKey
  invariant(issuerPublicKey !== undefined && issuerKey.algorithm === 'P-256', 'certificates are signed by P-256 keys')
  if (!p256PublicKey(request.subjectPublicKey)) {
    throw new CertificateError('point', 'the key to certify is no point of the curve')
  }
  const fields = {
    serial: request.serial,
    issuer: request.issuer,
    subject: request.subject,
    notBefore: formatTime(request.notBefore),
    notAfter: formatTime(request.notAfter),
    subjectPublicKey: request.subjectPublicKey,
  }
  const tbs = tbsCertificate(fields, keyIdentifier(issuerPublicKey))
  const compressed = compressCertificate(signedCertificate(tbs, derSignature(await store.sign(issuerKey, tbs))))
  // A store that signs with another key than it names is found here and not at a door.
  const again = verifyCertificate(compressed, { issuerPublicKey })
  invariant(bytesEqual(again.subjectPublicKey, request.subjectPublicKey), 'a certificate certifies the key asked for')
  return compressed
}
