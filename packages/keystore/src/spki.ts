import { concat, fromHex } from '@edgeward/base'

/** SubjectPublicKeyInfo of a P-256 key up to the point. RFC 5480 §2. */
const spkiPrefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200')

/** SubjectPublicKeyInfo of `pub65`. */
export function subjectPublicKeyInfo(pub65: Uint8Array): Uint8Array {
  return concat(spkiPrefix, pub65)
}
