/** P-256 as Aliro uses it: ephemeral keys that live for one transaction, and raw signatures. aliro.md §1. */
import { createECDH, createHash, ECDH, verify } from 'node:crypto'
import { p256PublicKey } from '@edgeward/keystore/certificates'

/** Bytes of a private scalar, and of a coordinate. */
const scalarBytes = 32
/** SEC 1 §2.3.3: 04, x, y. */
const pointBytes = 65
const uncompressed = 4
const curve = 'prime256v1'

/** A key pair that never leaves the host and is forgotten with the transaction. */
export interface EphemeralKey {
  readonly privateKey: Uint8Array
  /** `pub65`. */
  readonly publicKey: Uint8Array
}

/** The key pair of 32 random bytes. What is no scalar (once in 2^32) is hashed until it is one. */
export function ephemeralKey(entropy: Uint8Array): EphemeralKey {
  const ecdh = createECDH(curve)
  let scalar = entropy
  while (!setPrivateKey(ecdh, scalar)) scalar = createHash('sha256').update(scalar).digest()
  return { privateKey: Uint8Array.from(scalar), publicKey: Uint8Array.from(ecdh.getPublicKey()) }
}

function setPrivateKey(ecdh: ReturnType<typeof createECDH>, scalar: Uint8Array): boolean {
  try {
    ecdh.setPrivateKey(scalar)
    return true
  } catch (error) {
    if (error instanceof Error && /Private key is not valid/.test(error.message)) return false
    throw error
  }
}

/** Whether these bytes are an uncompressed point of the curve: the check before any use of a foreign key. */
export function isPoint(pub65: Uint8Array): boolean {
  if (pub65.length !== pointBytes || pub65[0] !== uncompressed) return false
  try {
    // Reads the point and checks it; a key object would cost three times as much.
    ECDH.convertKey(pub65, curve)
    return true
  } catch {
    // The curve is known and the form was checked, so what is refused here is the point.
    return false
  }
}

/** X coordinate of the agreed point. The peer's key has been checked. */
export function agree(own: EphemeralKey, peerPublicKey: Uint8Array): Uint8Array {
  const ecdh = createECDH(curve)
  ecdh.setPrivateKey(own.privateKey)
  return Uint8Array.from(ecdh.computeSecret(peerPublicKey))
}

/** The x coordinate of `pub65`. */
export function xOf(pub65: Uint8Array): Uint8Array {
  return pub65.subarray(1, 1 + scalarBytes)
}

/** Whether r || s is a signature by this key over the data. False for a key that is no point. */
export function isSignedBy(pub65: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = p256PublicKey(pub65)
  return key !== undefined && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** First 8 bytes of SHA-1 over `pub65`. aliro.md §1. */
export function keySlot(pub65: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha1').update(pub65).digest().subarray(0, 8))
}
