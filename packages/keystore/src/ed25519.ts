/** Ed25519 keys as bytes and as node:crypto's key objects: seed and public key, 32 bytes each. RFC 8410 §7 */
import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { concat, fromHex } from '@edgeward/base'

export const seedBytes = 32
const privateKeyHead = fromHex('302e020100300506032b657004220420')
const publicKeyHead = fromHex('302a300506032b6570032100')
const publicKeyBytes = 32

/** Key object and public key of a seed. */
export function ed25519PrivateKey(seed: Uint8Array): { readonly key: KeyObject; readonly publicKey: Uint8Array } {
  const der = Buffer.from(concat(privateKeyHead, seed))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { key, publicKey: Uint8Array.from(spki.subarray(spki.length - seedBytes)) }
}

/** The seed of a private key object, in a buffer that the caller wipes. */
export function ed25519Seed(key: KeyObject): Buffer {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  const seed = Buffer.from(der.subarray(privateKeyHead.length))
  der.fill(0)
  return seed
}

/** Whether these 64 bytes are this key's signature over the data. RFC 8032 §5.1.7 */
export function verifyEd25519(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== publicKeyBytes) return false
  const der = Buffer.from(concat(publicKeyHead, publicKey))
  return verify(null, data, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}
