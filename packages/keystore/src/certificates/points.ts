import { createPublicKey, type KeyObject } from 'node:crypto'
import { concat, fromHex } from '@edgeward/base'

/** SubjectPublicKeyInfo of a P-256 key up to the point. RFC 5480 §2. */
const spkiPrefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200')

/** SubjectPublicKeyInfo of `pub65`. */
export function subjectPublicKeyInfo(pub65: Uint8Array): Uint8Array {
  return concat(spkiPrefix, pub65)
}

/**
 * The key of an uncompressed P-256 point (65 bytes, 04 first), or undefined when that is no point of the curve:
 * other length, other form, a coordinate of p or more, off the curve.
 */
export function p256PublicKey(pub65: Uint8Array): KeyObject | undefined {
  if (pub65.length !== 65 || pub65[0] !== 0x04) return undefined
  try {
    return createPublicKey({ key: Buffer.from(subjectPublicKeyInfo(pub65)), format: 'der', type: 'spki' })
  } catch (error) {
    // OpenSSL names no class of its own; what it throws here is always a refused point.
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
