/**
 * P-256 keys as bytes and as node:crypto's key objects. Points are uncompressed, 65 bytes, 04 first; private keys are
 * the scalar, 32 bytes, big endian.
 */
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject, verify } from 'node:crypto'
import { bytesEqual, concat, fromHex, toBase64url } from '@edgeward/base'

export const pointBytes = 65
export const scalarBytes = 32
/** r || s, as COSE has it; DER is another format. */
export const signatureBytes = 64

// RFC 5208 §5 and RFC 5915 §3: PrivateKeyInfo of the same, before the scalar and between scalar and point.
const privateKeyHead = fromHex('308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420')
const privateKeyMiddle = fromHex('a144034200')

/**
 * The key of an uncompressed P-256 point (65 bytes, 04 first), or undefined when that is no point of the curve: other
 * length, other form, a coordinate of p or more, off the curve.
 */
export function p256PublicKey(point: Uint8Array): KeyObject | undefined {
  if (point.length !== pointBytes || point[0] !== 4) return undefined
  try {
    // By coordinates: half the time that OpenSSL takes to read the same from DER, and the same checks.
    return createPublicKey({
      key: { kty: 'EC', crv: 'P-256', x: coordinate(point, 1), y: coordinate(point, 33) },
      format: 'jwk',
    })
  } catch {
    // The frame is ours and right, so what is refused here is the point; the words for it differ between versions of Node.
    return undefined
  }
}

/** Key object and public point of a scalar; undefined when the scalar is zero or not below the order. */
export function p256PrivateKey(
  scalar: Uint8Array,
): { readonly key: KeyObject; readonly point: Uint8Array } | undefined {
  const ecdh = createECDH('prime256v1')
  try {
    ecdh.setPrivateKey(scalar)
  } catch (error) {
    // Node's word for a scalar that is out of range.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_CRYPTO_INVALID_KEYTYPE') return undefined
    throw error
  }
  const point = Uint8Array.from(ecdh.getPublicKey())
  const der = Buffer.from(concat(privateKeyHead, scalar, privateKeyMiddle, point))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return { key, point }
}

/** The scalar of a private key object, in a buffer that the caller wipes. */
export function p256Scalar(key: KeyObject): Buffer {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  const scalar = Buffer.from(der.subarray(privateKeyHead.length, privateKeyHead.length + scalarBytes))
  der.fill(0)
  return scalar
}

/** Whether r || s is this key's ECDSA signature over SHA-256(data). False for a point off the curve too. */
export function verifyEs256(point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes) return false
  const key = keptPublicKey(point)
  return key !== undefined && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

interface KeptKey {
  readonly point: Uint8Array
  readonly key: KeyObject
}

/** Keys of points that their holders keep in one array, such as issuers that are trusted for long. */
const kept = new WeakMap<Uint8Array, KeptKey>()

/** The key of a point, without reading the same array again at every signature. */
function keptPublicKey(point: Uint8Array): KeyObject | undefined {
  const before = kept.get(point)
  // Who changes the bytes of the array means another key.
  if (before !== undefined && bytesEqual(before.point, point)) return before.key
  const key = p256PublicKey(point)
  if (key !== undefined) kept.set(point, { point: Uint8Array.from(point), key })
  return key
}

function coordinate(point: Uint8Array, at: number): string {
  return toBase64url(point.subarray(at, at + scalarBytes))
}

/** The same for a signature in DER, as certificates have it. X9.62 §6.5; OpenSSL takes its one encoding alone. */
export function verifyEs256Der(point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = p256PublicKey(point)
  return key !== undefined && verify('sha256', data, { key, dsaEncoding: 'der' }, signature)
}

/** X coordinate (32 bytes) of the point that a private key shares with a public one; undefined for no point of the curve. */
export function sharedSecret(privateKey: KeyObject, point: Uint8Array): Buffer | undefined {
  const publicKey = p256PublicKey(point)
  return publicKey && diffieHellman({ privateKey, publicKey })
}
