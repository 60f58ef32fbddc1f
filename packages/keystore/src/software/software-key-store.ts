/**
 * The driver `software`: keys in one sealed file, in this process's memory while it runs. It is no HSM and says so.
 * The same denials as a token's: a key has no way out of it but `wrap` for a key that was made to travel.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { sign } from 'node:crypto'
import { type Random, toBase64url, toHex, uintBytes } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import type { AgreementUse, KeyAlgorithm, KeyHandle, KeyHome, KeySpec, KeyStore } from '../keystore.ts'
import { sharedSecret } from '../p256.ts'
import { gcmOpen, gcmSeal, ivBytes } from './aead.ts'
import { Cmac } from './cmac.ts'
import type { Disk, FolderLock } from './disk.ts'
import type { FileSecret } from './file-key.ts'
import { hkdfSha256, hmacSha256 } from './hashes.ts'
import { deriveBytes } from './key-derivation.ts'
import { openKeyFile, writeKeyFile } from './key-file.ts'
import {
  generateMaterial,
  type KeyMaterial,
  materialOf,
  sameMaterial,
  unwrapMaterial,
  wrapMaterial,
} from './key-material.ts'
import { mayDo, type Operation, type Origin, refusalToMake } from './purposes.ts'
import { selfTest } from './self-test.ts'
import { handleOf, type KeyTable, type StoredKey, slotOf } from './stored-key.ts'

const mostKeys = 65_536
const mostSessionKeys = 1_024
const mostRandomBytes = 65_536

interface Batch {
  readonly keys: Map<string, StoredKey>
  changed: boolean
  open: boolean
}

interface Parts {
  readonly disk: Disk
  readonly lock: FolderLock
  readonly random: Random
  readonly secret: FileSecret
  readonly keys: KeyTable
}

/** Opens the store of a disk: self-test, lock, key file. Throws a KeyStoreError. */
export async function openOnDisk(options: { disk: Disk; random: Random; passphrase?: string }): Promise<KeyStore> {
  const { disk, random, passphrase } = options
  selfTest(random)
  const lock = await disk.lock().catch((error: unknown) => {
    throw asKeyStoreError(error)
  })
  try {
    const { keys, secret } = await openKeyFile(disk, random, passphrase)
    return new SoftwareKeyStore({ disk, lock, random, secret, keys })
  } catch (error) {
    await lock.release()
    throw asKeyStoreError(error)
  }
}

class SoftwareKeyStore implements KeyStore {
  readonly home: KeyHome = 'software'
  readonly hostTouches: readonly string[] = [
    'envelope-key',
    'transport-keys',
    'module-kek',
    'ecdh-secret',
    'session-keys',
    'pin-key',
    'audit-mac-key',
    'signing-keys',
  ]
  readonly #disk: Disk
  readonly #lock: FolderLock
  readonly #random: Random
  readonly #secret: FileSecret
  #keys: KeyTable
  readonly #sessions = new Map<string, StoredKey>()
  #sessionsMade = 0
  /** Kept CMAC ciphers of the roots that were used. */
  readonly #cmacs = new WeakMap<KeyMaterial, Cmac>()
  readonly #batch = new AsyncLocalStorage<Batch>()
  /** The end of the last change: changes run one after the other. */
  #queue: Promise<unknown> = Promise.resolve()
  #state: 'open' | 'broken' | 'closed' = 'open'

  constructor({ disk, lock, random, secret, keys }: Parts) {
    this.#disk = disk
    this.#lock = lock
    this.#random = random
    this.#secret = secret
    this.#keys = keys
  }

  async generate(spec: KeySpec): Promise<KeyHandle> {
    this.#mayMake(spec, 'generated')
    if (spec.purpose === 'session')
      return this.#addSession(spec, 'generated', generateMaterial(spec.algorithm, this.#random))
    return this.#change(batch => {
      if (batch.keys.has(slotOf(spec))) throw exists(spec)
      return this.#add(batch, spec, 'generated', generateMaterial(spec.algorithm, this.#random))
    })
  }

  async find(keyId: string, version?: number): Promise<KeyHandle | undefined> {
    this.#mustBeOpen()
    const keys = this.#current()
    if (version !== undefined) return keys.get(slotOf({ keyId, version }))?.handle
    const versions = [...keys.values()].filter(({ handle }) => handle.keyId === keyId)
    return versions.sort((a, b) => b.handle.version - a.handle.version)[0]?.handle
  }

  async list(): Promise<readonly KeyHandle[]> {
    this.#mustBeOpen()
    return [...this.#current().values()].map(({ handle }) => handle)
  }

  async destroy(key: KeyHandle): Promise<void> {
    this.#mustBeOpen()
    if (key.purpose === 'session') {
      this.#sessions.delete(key.keyId)
      return
    }
    await this.#change(batch => {
      if (batch.keys.delete(slotOf(key))) batch.changed = true
    })
  }

  async random(count: number): Promise<Uint8Array> {
    this.#mustBeOpen()
    if (!Number.isSafeInteger(count) || count < 0 || count > mostRandomBytes) {
      throw new KeyStoreError('bad-input', `random bytes are asked for by 0 to ${mostRandomBytes}`)
    }
    return this.#random.bytes(count)
  }

  async mac(key: KeyHandle, data: Uint8Array): Promise<Uint8Array> {
    return hmacSha256(this.#use(key, 'mac').material.key, data)
  }

  async seal(key: KeyHandle, message: { iv: Uint8Array; aad: Uint8Array; plaintext: Uint8Array }): Promise<Uint8Array> {
    return gcmSeal(this.#gcmKey(key, 'seal', message.iv), message)
  }

  async open(
    key: KeyHandle,
    message: { iv: Uint8Array; aad: Uint8Array; ciphertext: Uint8Array },
  ): Promise<Uint8Array> {
    return gcmOpen(this.#gcmKey(key, 'open', message.iv), message)
  }

  async sign(key: KeyHandle, data: Uint8Array): Promise<Uint8Array> {
    const { handle, material } = this.#use(key, 'sign')
    if (handle.algorithm === 'Ed25519') return Uint8Array.from(sign(null, data, material.key))
    return Uint8Array.from(sign('sha256', data, { key: material.key, dsaEncoding: 'ieee-p1363' }))
  }

  async derive(root: KeyHandle, use: { label: string; context: Uint8Array }, spec: KeySpec): Promise<KeyHandle> {
    this.#mayMake(spec, 'derived')
    const { material } = this.#use(root, 'derive')
    const bits = spec.algorithm === 'AES-128' ? 128 : 256
    const bytes = deriveBytes(this.#cmac(material), { ...use, bits })
    const derived = mustBeMaterial(spec.algorithm, bytes)
    bytes.fill(0)
    return this.#change(batch => this.#addOrSame(batch, spec, 'derived', derived))
  }

  async agree(key: KeyHandle, use: AgreementUse): Promise<KeyHandle> {
    const { material } = this.#use(key, 'agree')
    const shared = sharedSecret(material.key, use.peerPublicKey)
    if (shared === undefined) throw new KeyStoreError('bad-input', 'not a point on P-256')
    const bytes = hkdfSha256(shared, { salt: new Uint8Array(), info: use.info, size: 32 })
    shared.fill(0)
    const agreed = mustBeMaterial('AES-256', bytes)
    bytes.fill(0)
    return this.#addSession({ algorithm: 'AES-256' }, 'agreed', agreed)
  }

  async wrap(wrapping: KeyHandle, key: KeyHandle): Promise<Uint8Array> {
    const { material } = this.#use(wrapping, 'wrap')
    const wrapped = this.#stored(key)
    if (!wrapped.wrappable)
      throw new KeyStoreError('not-allowed', `this ${wrapped.handle.purpose} key was not made to be wrapped`)
    return wrapMaterial(material.key, wrapped.handle.algorithm, wrapped.material)
  }

  async unwrap(wrapping: KeyHandle, wrapped: Uint8Array, spec: KeySpec): Promise<KeyHandle> {
    this.#mayMake(spec, 'unwrapped')
    const { material } = this.#use(wrapping, 'unwrap')
    const key = unwrapMaterial(material.key, spec.algorithm, wrapped)
    if (spec.purpose === 'session') return this.#addSession(spec, 'unwrapped', key)
    return this.#change(batch => this.#addOrSame(batch, spec, 'unwrapped', key))
  }

  async password(key: KeyHandle): Promise<string> {
    const bytes = this.#use(key, 'password').material.key.export()
    const text = toBase64url(bytes)
    bytes.fill(0)
    return text
  }

  async together<T>(changes: () => Promise<T>): Promise<T> {
    this.#mustBeOpen()
    if (this.#batch.getStore()?.open === true) return changes()
    return this.#inTurn(async () => {
      this.#mustBeOpen()
      const batch: Batch = { keys: new Map(this.#keys), changed: false, open: true }
      let result: T
      try {
        result = await this.#batch.run(batch, changes)
      } finally {
        batch.open = false
        // Batches come one after the other: until the next one no promise of the process needs to carry this.
        this.#batch.disable()
      }
      if (batch.changed) await this.#save(batch.keys)
      return result
    })
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#state === 'closed') return
      this.#state = 'closed'
      this.#keys = new Map()
      this.#sessions.clear()
      this.#secret.secret.fill(0)
      await this.#lock.release()
    })
  }

  #mustBeOpen(): void {
    if (this.#state === 'closed') throw new KeyStoreError('gone', 'the key store is closed')
    if (this.#state === 'broken')
      throw new KeyStoreError('gone', 'the key file could not be written; the key store must be opened again')
  }

  #current(): KeyTable {
    const batch = this.#batch.getStore()
    return batch?.open === true ? batch.keys : this.#keys
  }

  #stored(key: KeyHandle): StoredKey {
    this.#mustBeOpen()
    const stored = key.purpose === 'session' ? this.#sessions.get(key.keyId) : this.#current().get(slotOf(key))
    if (stored === undefined) throw new KeyStoreError('key-not-found', `no ${key.purpose} key ${slotOf(key)}`)
    if (stored.handle.purpose !== key.purpose)
      throw new KeyStoreError('not-allowed', `key ${slotOf(key)} is no ${key.purpose} key`)
    return stored
  }

  #use(key: KeyHandle, operation: Operation): StoredKey {
    const stored = this.#stored(key)
    const { purpose, algorithm } = stored.handle
    if (!mayDo({ purpose, algorithm, origin: stored.origin }, operation)) {
      throw new KeyStoreError('not-allowed', `a ${stored.origin} ${purpose} key may not ${operation}`)
    }
    return stored
  }

  #gcmKey(key: KeyHandle, operation: 'seal' | 'open', iv: Uint8Array): KeyMaterial['key'] {
    const { handle, material } = this.#use(key, operation)
    if (handle.algorithm !== 'AES-256') throw new KeyStoreError('not-allowed', 'AES-GCM is done with AES-256 keys')
    if (iv.length !== ivBytes) throw new KeyStoreError('bad-input', `an IV has ${ivBytes} bytes`)
    return material.key
  }

  #cmac(material: KeyMaterial): Cmac {
    const kept = this.#cmacs.get(material)
    if (kept !== undefined) return kept
    const cmac = new Cmac(material.key)
    this.#cmacs.set(material, cmac)
    return cmac
  }

  #mayMake(spec: KeySpec, origin: Origin): void {
    this.#mustBeOpen()
    const refusal = refusalToMake(spec, origin)
    if (refusal !== undefined) throw new KeyStoreError('not-allowed', refusal)
    if (spec.purpose === 'session') return
    if (!/^[0-9a-f]{16}$/.test(spec.keyId))
      throw new KeyStoreError('bad-input', 'a key id is 8 bytes in lower-case hex')
    if (!Number.isInteger(spec.version) || spec.version < 0 || spec.version >= 2 ** 32) {
      throw new KeyStoreError('bad-input', 'a key version is 0 to 2^32-1')
    }
  }

  #addOrSame(batch: Batch, spec: KeySpec, origin: Origin, material: KeyMaterial): KeyHandle {
    const there = batch.keys.get(slotOf(spec))
    if (there === undefined) return this.#add(batch, spec, origin, material)
    const same =
      there.handle.purpose === spec.purpose && there.handle.algorithm === spec.algorithm && there.origin === origin
    if (!same || !sameMaterial(spec.algorithm, there.material, material)) throw exists(spec)
    return there.handle
  }

  #add(batch: Batch, spec: KeySpec, origin: Origin, material: KeyMaterial): KeyHandle {
    if (batch.keys.size >= mostKeys) throw new KeyStoreError('busy', `the key store is full: ${mostKeys} keys`)
    const handle = handleOf(spec, material)
    batch.keys.set(slotOf(spec), { handle, origin, wrappable: spec.wrappable ?? false, material })
    batch.changed = true
    return handle
  }

  #addSession(spec: Pick<KeySpec, 'algorithm' | 'wrappable'>, origin: Origin, material: KeyMaterial): KeyHandle {
    if (this.#sessions.size >= mostSessionKeys)
      throw new KeyStoreError('busy', `${mostSessionKeys} session keys were not destroyed`)
    const keyId = toHex(uintBytes(this.#sessionsMade++, 8))
    const handle = handleOf({ keyId, version: 0, purpose: 'session', algorithm: spec.algorithm }, material)
    this.#sessions.set(keyId, { handle, origin, wrappable: spec.wrappable ?? false, material })
    return handle
  }

  /** A change of its own, or a part of the batch that the caller is in. */
  #change<T>(change: (batch: Batch) => T): Promise<T> {
    return this.together(async () => {
      const batch = this.#batch.getStore()
      if (batch === undefined) throw new KeyStoreError('gone', 'a change outside its batch')
      return change(batch)
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** After a failed write nobody knows which file is on the disk: the store stops until it is opened again. A full disk is known. */
  async #save(keys: KeyTable): Promise<void> {
    try {
      await writeKeyFile(this.#disk, this.#random, { keys, secret: this.#secret })
    } catch (error) {
      if (!(error instanceof KeyStoreError)) this.#state = 'broken'
      throw asKeyStoreError(error)
    }
    this.#keys = keys
  }
}

function mustBeMaterial(algorithm: KeyAlgorithm, bytes: Uint8Array): KeyMaterial {
  const material = algorithm === 'AES-128' || algorithm === 'AES-256' ? materialOf(algorithm, bytes) : undefined
  if (material === undefined) throw new KeyStoreError('unsupported', `a ${algorithm} key is not derived`)
  return material
}

function exists(spec: KeySpec): KeyStoreError {
  return new KeyStoreError('key-exists', `there is a ${spec.purpose} key ${slotOf(spec)} already`)
}

function asKeyStoreError(error: unknown): KeyStoreError {
  if (error instanceof KeyStoreError) return error
  return new KeyStoreError('gone', 'the folder of the key store cannot be read or written', { cause: error })
}
