/** Keys as the software driver holds them: node:crypto's key objects, which print and serialise as nothing. */
import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto'
import { bytesEqual, type Random } from '@edgeward/base'
import { ed25519PrivateKey, ed25519Seed, seedBytes } from '../ed25519.ts'
import { KeyStoreError } from '../errors.ts'
import type { KeyAlgorithm } from '../keystore.ts'
import { p256PrivateKey, p256Scalar, scalarBytes } from '../p256.ts'
import { unwrapBytes, type WrapMode, wrapBytes } from './key-wrap.ts'

export interface KeyMaterial {
  readonly key: KeyObject
  readonly publicKey?: Uint8Array
}

const sizes: Readonly<Record<KeyAlgorithm, number>> = {
  'AES-128': 16,
  'AES-256': 32,
  'P-256': scalarBytes,
  Ed25519: seedBytes,
}
/** A scalar is drawn again when it is out of range: once in 2^32 draws. FIPS 186-5 §A.2.2 */
const mostDraws = 8

/** A new key from the generator. */
export function generateMaterial(algorithm: KeyAlgorithm, random: Random): KeyMaterial {
  for (let draw = 0; draw < mostDraws; draw++) {
    const secret = random.bytes(sizes[algorithm])
    const material = materialOf(algorithm, secret)
    secret.fill(0)
    if (material !== undefined) return material
  }
  throw new KeyStoreError('self-test-failed', 'the random generator gives no usable scalar')
}

/** A key from its secret bytes (AES key, scalar, seed), which the caller wipes; undefined for what is no such key. */
export function materialOf(algorithm: KeyAlgorithm, secret: Uint8Array): KeyMaterial | undefined {
  if (secret.length !== sizes[algorithm]) return undefined
  if (algorithm === 'Ed25519') return ed25519PrivateKey(secret)
  if (algorithm !== 'P-256') return { key: createSecretKey(secret) }
  const pair = p256PrivateKey(secret)
  return pair && { key: pair.key, publicKey: pair.point }
}

/** The secret bytes, in a buffer that the caller wipes. */
export function secretBytes(algorithm: KeyAlgorithm, { key }: KeyMaterial): Buffer {
  if (algorithm === 'Ed25519') return ed25519Seed(key)
  return algorithm === 'P-256' ? p256Scalar(key) : key.export()
}

/** AES keys by AES-KW, P-256 keys as PKCS#8 by AES-KWP. envelope.md §3 */
export function wrapMaterial(wrapping: KeyObject, algorithm: KeyAlgorithm, { key }: KeyMaterial): Uint8Array {
  const plain = algorithm === 'P-256' ? key.export({ format: 'der', type: 'pkcs8' }) : key.export()
  const wrapped = wrapBytes(wrapMode(algorithm), wrapping, plain)
  plain.fill(0)
  return wrapped
}

/** The key in a wrapped one. Throws `authentication-failed` when it does not open or is no key of this algorithm. */
export function unwrapMaterial(wrapping: KeyObject, algorithm: KeyAlgorithm, wrapped: Uint8Array): KeyMaterial {
  const plain = unwrapBytes(wrapMode(algorithm), wrapping, wrapped)
  const material = algorithm === 'P-256' ? fromPkcs8(plain) : materialOf(algorithm, plain)
  plain.fill(0)
  if (material === undefined) throw new KeyStoreError('authentication-failed', `the wrapped key is no ${algorithm} key`)
  return material
}

/** Whether both are the same key. */
export function sameMaterial(algorithm: KeyAlgorithm, a: KeyMaterial, b: KeyMaterial): boolean {
  const left = secretBytes(algorithm, a)
  const right = secretBytes(algorithm, b)
  const same = bytesEqual(left, right)
  left.fill(0)
  right.fill(0)
  return same
}

function wrapMode(algorithm: KeyAlgorithm): WrapMode {
  return algorithm === 'P-256' ? 'kwp' : 'kw'
}

/** A private key of a P-256 pair; the point is computed, since OpenSSL takes any point that stands beside the scalar. */
function fromPkcs8(der: Buffer): KeyMaterial | undefined {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw new KeyStoreError('authentication-failed', 'the wrapped key is no PKCS#8 key', { cause })
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined
  const jwk = key.export({ format: 'jwk' })
  const scalar = Buffer.from(jwk.d ?? '', 'base64url')
  const material = materialOf('P-256', scalar)
  scalar.fill(0)
  return material
}
