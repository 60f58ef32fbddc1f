/**
 * What the key file is sealed under; keys.md §7. Either a machine secret (32 random bytes in a file of mode 0600 beside
 * it, which protects nothing against whoever copies the folder) or a passphrase, stretched once per start to open a
 * random data key. Every write of the key file draws a salt and so has a key of its own.
 */
import { createSecretKey, hkdfSync, type KeyObject, scrypt } from 'node:crypto'
import { type Random, utf8 } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import { gcmOpen, gcmSeal, ivBytes } from './aead.ts'

export const saltBytes = 16
export const secretBytes = 32

/** The data key of a passphrase as it stands in the head of the key file. */
export interface WrappedDataKey {
  readonly salt: Uint8Array
  readonly iv: Uint8Array
  readonly wrapped: Uint8Array
}

/** The long-lived secret, and for a passphrase how it lies in the file. */
export interface FileSecret {
  readonly secret: Buffer
  readonly wrapped?: WrappedDataKey
}

const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 }
const fileKeyInfo = utf8('edgeward/keystore/file/1')
const dataKeyAad = utf8('edgeward/keystore/data-key/1')

/** A new data key under a passphrase. Takes half a second and 128 MiB. */
export async function newDataKey(passphrase: string, random: Random): Promise<FileSecret> {
  const salt = random.bytes(saltBytes)
  const iv = random.bytes(ivBytes)
  const secret = Buffer.from(random.bytes(secretBytes))
  const stretched = await stretch(passphrase, salt)
  return { secret, wrapped: { salt, iv, wrapped: gcmSeal(stretched, { iv, aad: dataKeyAad, plaintext: secret }) } }
}

/** The data key again. Throws `authentication-failed` for another passphrase. */
export async function openDataKey(passphrase: string, wrapped: WrappedDataKey): Promise<FileSecret> {
  const stretched = await stretch(passphrase, wrapped.salt)
  try {
    const secret = gcmOpen(stretched, { iv: wrapped.iv, aad: dataKeyAad, ciphertext: wrapped.wrapped })
    return { secret: Buffer.from(secret.buffer), wrapped }
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause
    throw new KeyStoreError('authentication-failed', 'the passphrase does not open the key store', { cause })
  }
}

/** The key of one write of the key file. */
export function fileKey({ secret }: FileSecret, salt: Uint8Array): KeyObject {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, fileKeyInfo, secretBytes))
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return key
}

function stretch(passphrase: string, salt: Uint8Array): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, secretBytes, cost, (error, bytes) => {
      if (error !== null) return reject(error)
      resolve(createSecretKey(bytes))
      bytes.fill(0)
    })
  })
}
