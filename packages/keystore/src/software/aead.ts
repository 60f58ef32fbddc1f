import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { KeyStoreError } from '../errors.ts'

export const ivBytes = 12
export const tagBytes = 16

/** AES-GCM (SP 800-38D), ciphertext || tag; the purposes of the store's keys allow AES-256 alone. */
export function gcmSeal(
  key: KeyObject,
  message: { iv: Uint8Array; aad: Uint8Array; plaintext: Uint8Array },
): Uint8Array {
  const cipher = createCipheriv(cipherName(key), key, message.iv, { authTagLength: tagBytes })
  cipher.setAAD(message.aad)
  return Uint8Array.from(Buffer.concat([cipher.update(message.plaintext), cipher.final(), cipher.getAuthTag()]))
}

/** The plaintext. Throws `authentication-failed` whatever was wrong; nothing of the plaintext is given before the tag holds. */
export function gcmOpen(
  key: KeyObject,
  message: { iv: Uint8Array; aad: Uint8Array; ciphertext: Uint8Array },
): Uint8Array {
  const { iv, aad, ciphertext } = message
  if (ciphertext.length < tagBytes) throw new KeyStoreError('authentication-failed', 'the message does not open')
  const end = ciphertext.length - tagBytes
  const decipher = createDecipheriv(cipherName(key), key, iv, { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(end))
  const plaintext = decipher.update(ciphertext.subarray(0, end))
  try {
    decipher.final()
  } catch (cause) {
    plaintext.fill(0)
    throw new KeyStoreError('authentication-failed', 'the message does not open', { cause })
  }
  return Uint8Array.from(plaintext)
}

function cipherName(key: KeyObject): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.symmetricKeySize === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
}
