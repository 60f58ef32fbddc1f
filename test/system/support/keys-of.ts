/**
 * The secret bytes of the keys in a key store's folder, read from beside it as a thief with the whole folder would: without
 * a passphrase the `software` driver hides nothing from whoever has both files, and says so. keys.md §7
 */
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CborValue, concat, decodeCbor, toHex, utf8 } from '@edgeward/base'
import { gcmOpen, hkdfSha256 } from '@edgeward/keystore/primitives'

export interface SecretKey {
  readonly keyId: string
  readonly version: number
  readonly purpose: string
  readonly secret: Buffer
}

export function keysOf(folder: string): readonly SecretKey[] {
  const secret = readFileSync(join(folder, 'machine.secret'))
  const [headBytes, ciphertext] = asList(decodeCbor(Uint8Array.from(readFileSync(join(folder, 'keys.sealed')))))
  const head = decodeCbor(asBytes(headBytes))
  if (!(head instanceof Map)) throw new Error(`${folder}: no head`)
  const [salt, iv] = [asBytes(head.get(3)), asBytes(head.get(4))]
  const key = createSecretKey(hkdfSha256(secret, { salt, info: utf8('edgeward/keystore/file/1'), size: 32 }))
  const aad = concat(utf8('edgeward/keystore/1\0'), asBytes(headBytes))
  return asList(decodeCbor(gcmOpen(key, { iv, aad, ciphertext: asBytes(ciphertext) }))).map(row => {
    // [id, version, purpose, algorithm, origin, wrappable, secret]
    const [keyId, version, purpose, , , , bytes] = asList(row)
    return {
      keyId: toHex(asBytes(keyId)),
      version: Number(version),
      purpose: String(purpose),
      secret: Buffer.from(asBytes(bytes)),
    }
  })
}

function asList(value: CborValue | undefined): readonly CborValue[] {
  if (!Array.isArray(value)) throw new Error('no list where the key file has one')
  const list: readonly CborValue[] = value
  return list
}

function asBytes(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('no bytes where the key file has some')
  return value
}
