/**
 * Deterministic ECDSA (RFC 6979, P-256, SHA-256) for vectors, whose keys are made up: bytes can then be compared to the
 * last one. Not for real keys: BigInt arithmetic takes a time that depends on the numbers.
 */
import { createECDH, createHash, createHmac } from 'node:crypto'
import { concat, toHex, uintBytes } from '@edgeward/base'

const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

/** r || s (64 bytes) over SHA-256(data); s as it comes out, high or low. */
export function signDeterministically(privateKey: Uint8Array, data: Uint8Array): Uint8Array {
  const hash = Uint8Array.from(createHash('sha256').update(data).digest())
  const digest = toBigInt(hash) % order
  for (const nonce of nonces(privateKey, uintBytes(digest, 32))) {
    const r = toBigInt(pointOf(nonce).subarray(1, 33)) % order
    const s = (inverse(toBigInt(nonce)) * (digest + r * toBigInt(privateKey))) % order
    if (r !== 0n && s !== 0n) return concat(uintBytes(r, 32), uintBytes(s, 32))
  }
  throw new Error('a generator without end has ended')
}

/** `pub65` of a private scalar. */
export function pointOf(privateKey: Uint8Array): Uint8Array {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(privateKey)
  return Uint8Array.from(ecdh.getPublicKey())
}

/** RFC 6979 §3.2. */
function* nonces(privateKey: Uint8Array, digest: Uint8Array): Generator<Uint8Array> {
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]) =>
    Uint8Array.from(
      createHmac('sha256', key)
        .update(concat(...parts))
        .digest(),
    )
  let value = new Uint8Array(32).fill(1)
  let key = new Uint8Array(32)
  key = hmac(key, value, Uint8Array.of(0), privateKey, digest)
  value = hmac(key, value)
  key = hmac(key, value, Uint8Array.of(1), privateKey, digest)
  value = hmac(key, value)
  for (;;) {
    value = hmac(key, value)
    if (toBigInt(value) > 0n && toBigInt(value) < order) yield value
    key = hmac(key, value, Uint8Array.of(0))
    value = hmac(key, value)
  }
}

/** Fermat: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n
  let base = value % order
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % order
    base = (base * base) % order
  }
  return result
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}
