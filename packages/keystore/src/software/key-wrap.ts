import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { KeyStoreError } from '../errors.ts'

/** `kw`: AES-KW (RFC 3394), for keys of 16 or 32 bytes. `kwp`: AES-KWP (RFC 5649), for any length. */
export type WrapMode = 'kw' | 'kwp'

// RFC 3394 §2.2.3.1, RFC 5649 §3
const initial = { kw: Buffer.alloc(8, 0xa6), kwp: Buffer.from('a65959a6', 'hex') } as const
const longestWrapped = 4096

/** Wraps key bytes under an AES key. */
export function wrapBytes(mode: WrapMode, wrapping: KeyObject, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(cipherName(mode, wrapping), wrapping, initial[mode])
  return Uint8Array.from(Buffer.concat([cipher.update(plain), cipher.final()]))
}

/** The wrapped key bytes, for the caller to wipe. Throws `authentication-failed` for whatever is wrong with them. */
export function unwrapBytes(mode: WrapMode, wrapping: KeyObject, wrapped: Uint8Array): Buffer {
  const shortest = mode === 'kw' ? 24 : 16
  if (wrapped.length < shortest || wrapped.length % 8 !== 0 || wrapped.length > longestWrapped) throw unwrapFailed()
  const decipher = createDecipheriv(cipherName(mode, wrapping), wrapping, initial[mode])
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch (cause) {
    // OpenSSL tells a wrong check value in words that differ by version: after the length check it is all there is.
    throw unwrapFailed(cause)
  }
}

function cipherName(mode: WrapMode, wrapping: KeyObject): string {
  const bits = 8 * (wrapping.symmetricKeySize ?? 0)
  return mode === 'kw' ? `id-aes${bits}-wrap` : `id-aes${bits}-wrap-pad`
}

function unwrapFailed(cause?: unknown): KeyStoreError {
  return new KeyStoreError('authentication-failed', 'the wrapped key does not open', { cause })
}
