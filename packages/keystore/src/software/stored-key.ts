import { CborError, type CborValue, decodeCbor, encodeCbor, fromHex, toHex } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import type { KeyAlgorithm, KeyHandle } from '../keystore.ts'
import { type KeyMaterial, materialOf, secretBytes } from './key-material.ts'
import { isPurpose, type Origin } from './purposes.ts'

/** A key with what the store knows of it. */
export interface StoredKey {
  readonly handle: KeyHandle
  readonly origin: Origin
  readonly wrappable: boolean
  readonly material: KeyMaterial
}

/** Keys by `slotOf`. */
export type KeyTable = ReadonlyMap<string, StoredKey>

const algorithms: readonly string[] = ['AES-128', 'AES-256', 'P-256', 'Ed25519'] satisfies KeyAlgorithm[]
const origins: readonly string[] = ['generated', 'derived', 'unwrapped', 'agreed'] satisfies Origin[]

/** Where a key lies in a table. */
export function slotOf({ keyId, version }: { readonly keyId: string; readonly version: number }): string {
  return `${keyId}/${version}`
}

/** Deterministic CBOR of all keys, secrets included: for the sealed file alone; the caller wipes it. */
export function encodeKeys(keys: KeyTable): Uint8Array {
  const secrets: Buffer[] = []
  const rows = [...keys.values()].map(({ handle, origin, wrappable, material }): CborValue => {
    const secret = secretBytes(handle.algorithm, material)
    secrets.push(secret)
    return [fromHex(handle.keyId), handle.version, handle.purpose, handle.algorithm, origin, wrappable, secret]
  })
  const encoded = encodeCbor(rows)
  for (const secret of secrets) secret.fill(0)
  return encoded
}

/** The keys of a sealed file. Throws a KeyStoreError `damaged`. */
export function decodeKeys(bytes: Uint8Array): KeyTable {
  const rows = decoded(bytes)
  if (!Array.isArray(rows)) throw damaged()
  const keys = new Map<string, StoredKey>()
  for (const row of rows) {
    const key = decodeKey(row)
    keys.set(slotOf(key.handle), key)
  }
  return keys
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch (error) {
    if (error instanceof CborError) throw new KeyStoreError('damaged', 'the key file holds no keys', { cause: error })
    throw error
  }
}

function decodeKey(row: CborValue): StoredKey {
  if (!Array.isArray(row) || row.length !== 7) throw damaged()
  const [keyId, version, purpose, algorithm, origin, wrappable, secret]: readonly CborValue[] = row
  if (!(keyId instanceof Uint8Array) || !(secret instanceof Uint8Array)) throw damaged()
  if (typeof version !== 'number' || typeof wrappable !== 'boolean') throw damaged()
  if (typeof purpose !== 'string' || !isPurpose(purpose)) throw damaged()
  if (!isAlgorithm(algorithm) || !isOrigin(origin)) throw damaged()
  const material = materialOf(algorithm, secret)
  secret.fill(0)
  if (material === undefined) throw damaged()
  return {
    handle: handleOf({ keyId: toHex(keyId), version, purpose, algorithm }, material),
    origin,
    wrappable,
    material,
  }
}

/** The handle of a key: its name and, for a pair, its public key. */
export function handleOf(name: Omit<KeyHandle, 'publicKey'>, { publicKey }: KeyMaterial): KeyHandle {
  const { keyId, version, purpose, algorithm } = name
  return { keyId, version, purpose, algorithm, ...(publicKey !== undefined && { publicKey }) }
}

function isAlgorithm(word: CborValue | undefined): word is KeyAlgorithm {
  return typeof word === 'string' && algorithms.includes(word)
}

function isOrigin(word: CborValue | undefined): word is Origin {
  return typeof word === 'string' && origins.includes(word)
}

function damaged(): KeyStoreError {
  return new KeyStoreError('damaged', 'the key file opens, but what it holds is not a list of keys')
}
