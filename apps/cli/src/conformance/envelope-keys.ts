/**
 * The keys of the vectors in a memory store, by its ordinary doors: a store that draws from a script makes a session
 * key that is known, and unwraps under it. No store has an import of raw keys.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type Random, SystemRandom } from '@edgeward/base'
import { type KeyHandle, type KeyName, type KeyPurpose, type KeyStore, sessionKey } from '@edgeward/keystore'
import { createMemoryKeyStore } from '@edgeward/keystore/software'

const keyWrapIv = Buffer.alloc(8, 0xa6)

/** Gives what was laid in, then random bytes. */
class ScriptedRandom implements Random {
  readonly #script: Uint8Array[] = []
  readonly #system = new SystemRandom()

  next(bytes: Uint8Array): void {
    this.#script.push(bytes)
  }

  bytes(count: number): Uint8Array {
    const laidIn = this.#script.shift()
    if (laidIn === undefined) return this.#system.bytes(count)
    if (laidIn.length !== count) throw new Error(`${laidIn.length} bytes were laid in, ${count} are drawn`)
    return laidIn.slice()
  }
}

/** A store for vectors. */
export class VectorStore {
  readonly store: KeyStore
  readonly #random: ScriptedRandom
  readonly #wrappingBytes: Uint8Array
  readonly #wrapping: KeyHandle

  private constructor(store: KeyStore, random: ScriptedRandom, wrappingBytes: Uint8Array, wrapping: KeyHandle) {
    this.store = store
    this.#random = random
    this.#wrappingBytes = wrappingBytes
    this.#wrapping = wrapping
  }

  static async create(): Promise<VectorStore> {
    const random = new ScriptedRandom()
    const store = await createMemoryKeyStore(random)
    const wrappingBytes = new SystemRandom().bytes(32)
    random.next(wrappingBytes)
    return new VectorStore(store, random, wrappingBytes, await store.generate(sessionKey('AES-256')))
  }

  /** What the store's generator gives next. */
  drawNext(bytes: Uint8Array): void {
    this.#random.next(bytes)
  }

  /** An AES-256 key of the vectors. */
  async aesKey(name: KeyName, purpose: KeyPurpose, key: Uint8Array): Promise<KeyHandle> {
    const wrapped = keyWrap(this.#wrappingBytes, key)
    return this.store.unwrap(this.#wrapping, wrapped, { ...name, purpose, algorithm: 'AES-256' })
  }

  /** An agreement key of the vectors: the generator's next draw is its scalar. */
  async agreementKey(scalar: Uint8Array): Promise<KeyHandle> {
    this.drawNext(scalar)
    return this.store.generate({
      keyId: '0000000000000001',
      version: 1,
      purpose: 'module-agreement',
      algorithm: 'P-256',
    })
  }

  /** Whether the store's key is this one: both seal the same bytes to the same bytes. */
  async isSessionKey(handle: KeyHandle, key: Uint8Array): Promise<boolean> {
    const iv = new Uint8Array(12)
    const aad = new Uint8Array()
    const plaintext = new SystemRandom().bytes(16)
    const sealed = await this.store.seal(handle, { iv, aad, plaintext })
    const cipher = createCipheriv('aes-256-gcm', key, iv)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).equals(sealed)
  }

  /** Whether the store's unwrapping key is this one: it takes in what was wrapped under this one. */
  async isUnwrappingKey(handle: KeyHandle, key: Uint8Array): Promise<boolean> {
    const inner = new SystemRandom().bytes(32)
    const taken = await this.store.unwrap(handle, keyWrap(key, inner), sessionKey('AES-256'))
    return this.isSessionKey(taken, inner)
  }
}

/** AES-KW (RFC 3394). */
export function keyWrap(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('id-aes256-wrap', wrapping, keyWrapIv)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/** AES-KW, back. Throws what node:crypto throws. */
export function keyUnwrap(wrapping: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('id-aes256-wrap', wrapping, keyWrapIv)
  return Buffer.concat([decipher.update(wrapped), decipher.final()])
}
