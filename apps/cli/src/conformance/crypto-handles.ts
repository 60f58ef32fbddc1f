/** The cases of suite `crypto` once more by the public door of the `software` driver: keys come in, handles go on. */
import { createSecretKey } from 'node:crypto'
import { bytesEqual, fromUtf8, type Random, SystemRandom, toHex, utf8 } from '@edgeward/base'
import { type KeyAlgorithm, type KeyHandle, type KeyPurpose, type KeyStore, sessionKey } from '@edgeward/keystore'
import { hkdfSha256, wrapBytes } from '@edgeward/keystore/primitives'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { type Outputs, sealedOutputs } from './crypto-outputs.ts'
import type { VectorObject } from './vector-object.ts'

/** Whether the store does this operation with such keys, and what it gave. */
export type ByHandle = 'not-offered' | { readonly outputs: Outputs }

/** Runs a case by handles; `not-offered` where the store has no such operation, key size or nonce. */
export async function byHandle(vector: VectorObject): Promise<ByHandle> {
  const operation = operations[vector.text('op')]
  const bench = operation && (await Bench.open())
  if (operation === undefined || bench === undefined) return 'not-offered'
  try {
    return await operation(bench, vector)
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyStoreError') return { outputs: undefined }
    throw error
  } finally {
    await bench.store.close()
  }
}

type Operation = (bench: Bench, vector: VectorObject) => Promise<ByHandle>

const operations: Readonly<Record<string, Operation>> = {
  async 'hmac-sha256'(bench, vector) {
    const key = vector.hex('key')
    if (key.length !== 32) return 'not-offered'
    const mac = await bench.store.mac(await bench.take(key, 'pin'), vector.hex('msg'))
    return { outputs: { out: toHex(mac) } }
  },
  async 'gcm-seal'(bench, vector) {
    const [key, iv] = [vector.hex('key'), vector.hex('iv')]
    if (key.length !== 32 || iv.length !== ivBytes) return 'not-offered'
    const handle = await bench.take(key, 'credential')
    const sealed = await bench.store.seal(handle, { iv, aad: vector.hex('aad'), plaintext: vector.hex('msg') })
    return { outputs: sealedOutputs(sealed) }
  },
  async 'gcm-open'(bench, vector) {
    const [key, iv] = [vector.hex('key'), vector.hex('iv')]
    if (key.length !== 32 || iv.length !== ivBytes) return 'not-offered'
    const ciphertext = Buffer.concat([vector.hex('ct'), vector.hex('tag')])
    const opened = await bench.store.open(await bench.take(key, 'credential'), {
      iv,
      aad: vector.hex('aad'),
      ciphertext,
    })
    return { outputs: { out: toHex(opened) } }
  },
  // A key of the store wraps keys: those of 16 and 32 bytes.
  async 'kw-wrap'(bench, vector) {
    const [key, inner] = [vector.hex('key'), vector.hex('msg')]
    const [wrapping, wrapped] = [aes(key), aes(inner)]
    if (wrapping === undefined || wrapped === undefined) return 'not-offered'
    const [outer, handle] = [await bench.session(key, wrapping), await bench.session(inner, wrapped, true)]
    return { outputs: { out: toHex(await bench.store.wrap(outer, handle)) } }
  },
  async 'kw-unwrap'(bench, vector) {
    const [key, ct] = [vector.hex('key'), vector.hex('ct')]
    const wrapping = aes(key)
    const wrapped = ct.length === 24 ? 'AES-128' : 'AES-256'
    if (wrapping === undefined || (ct.length !== 24 && ct.length !== 40)) return 'not-offered'
    const outer = await bench.session(key, wrapping)
    const handle = await bench.store.unwrap(outer, ct, sessionKey(wrapped, { wrappable: true }))
    // What came in shows by going out again: under this key a wrapping has one form.
    const same = bytesEqual(await bench.store.wrap(outer, handle), ct)
    return { outputs: same ? { out: vector.object('expect').text('out') } : undefined }
  },
  async 'ecdh-p256'(bench, vector) {
    const shared = vector.object('expect').optionalHex('shared')
    const handle = await bench.generate(vector.hex('private'), 'module-agreement', 'P-256')
    const info = utf8('edgeward/vectors')
    const agreed = await bench.store.agree(handle, { peerPublicKey: vector.hex('public'), info })
    const message = { iv: new Uint8Array(ivBytes), aad: new Uint8Array(), plaintext: new Uint8Array(32) }
    const sealed = await bench.store.seal(agreed, message)
    if (shared === undefined) return { outputs: {} }
    // The store does not tell the secret: a key that was made from the expected one must seal alike.
    const known = await bench.session(hkdfSha256(shared, { salt: new Uint8Array(), info, size: 32 }), 'AES-256')
    const same = bytesEqual(await bench.store.seal(known, message), sealed)
    return { outputs: same ? { shared: toHex(shared) } : {} }
  },
  async 'ed25519-sign'(bench, vector) {
    const handle = await bench.generate(vector.hex('seed'), 'checkpoint', 'Ed25519')
    return { outputs: { sig: toHex(await bench.store.sign(handle, vector.hex('msg'))) } }
  },
  // The store derives as keys.md §6 writes it: label || 00 || context || bits, a counter of 8 bits before it.
  async 'kdf-ctr-cmac'(bench, vector) {
    const [root, before, after, bits] = [
      vector.hex('key'),
      vector.hex('before'),
      vector.hex('after'),
      vector.number('bits'),
    ]
    const end = after.indexOf(0)
    const isOurs = bytesEqual(after.subarray(0, ourLabels.length), ourLabels) && end > 0 && before.length === 0
    if (!isOurs || root.length !== 32 || vector.number('counterBits') !== 8) return 'not-offered'
    const use = { label: fromUtf8(after.subarray(0, end)), context: after.subarray(end + 1, -2) }
    const handle = await bench.generate(root, 'transport-root', 'AES-256')
    const algorithm = bits === 128 ? 'AES-128' : 'AES-256'
    const purpose = bits === 128 ? 'mqtt' : 'transport-down'
    const derived = await bench.store.derive(handle, use, { ...bench.next(), purpose, algorithm, wrappable: true })
    const expected = vector.object('expect').hex('out')
    const same = bytesEqual(await bench.store.wrap(bench.wrapping, derived), bench.wrapped(expected))
    return { outputs: { out: same ? toHex(expected) : 'another key' } }
  },
}

const ivBytes = 12
const ourLabels = utf8('edgeward/')

function aes(key: Uint8Array): 'AES-128' | 'AES-256' | undefined {
  if (key.length === 16) return 'AES-128'
  return key.length === 32 ? 'AES-256' : undefined
}

/** Gives what was laid in, then random bytes: so that a store generates the key of a vector. */
class LaidInRandom implements Random {
  readonly #laidIn: Uint8Array[] = []
  readonly #system = new SystemRandom()

  layIn(bytes: Uint8Array): void {
    this.#laidIn.push(Uint8Array.from(bytes))
  }

  bytes(count: number): Uint8Array {
    return this.#laidIn.shift() ?? this.#system.bytes(count)
  }
}

/** A store without a folder, with a wrapping key whose bytes are known here. */
class Bench {
  readonly store: KeyStore
  readonly wrapping: KeyHandle
  readonly #random: LaidInRandom
  readonly #wrappingBytes: Uint8Array
  #made = 0

  private constructor(parts: {
    store: KeyStore
    random: LaidInRandom
    wrapping: KeyHandle
    wrappingBytes: Uint8Array
  }) {
    this.store = parts.store
    this.#random = parts.random
    this.wrapping = parts.wrapping
    this.#wrappingBytes = parts.wrappingBytes
  }

  static async open(): Promise<Bench> {
    const random = new LaidInRandom()
    const store = await createMemoryKeyStore(random)
    const wrappingBytes = random.bytes(32)
    random.layIn(wrappingBytes)
    return new Bench({ store, random, wrappingBytes, wrapping: await store.generate(sessionKey('AES-256')) })
  }

  /** A name for one more key. */
  next(): { readonly keyId: string; readonly version: number } {
    this.#made += 1
    return { keyId: this.#made.toString(16).padStart(16, '0'), version: 1 }
  }

  generate(secret: Uint8Array, purpose: KeyPurpose, algorithm: KeyAlgorithm): Promise<KeyHandle> {
    this.#random.layIn(secret)
    return this.store.generate({ ...this.next(), purpose, algorithm })
  }

  session(secret: Uint8Array, algorithm: 'AES-128' | 'AES-256', wrappable = false): Promise<KeyHandle> {
    this.#random.layIn(secret)
    return this.store.generate(sessionKey(algorithm, { wrappable }))
  }

  /** Takes in a key as a module is given one: wrapped. */
  take(key: Uint8Array, purpose: KeyPurpose): Promise<KeyHandle> {
    return this.store.unwrap(this.wrapping, this.wrapped(key), { ...this.next(), purpose, algorithm: 'AES-256' })
  }

  wrapped(key: Uint8Array): Uint8Array {
    return wrapBytes('kw', createSecretKey(this.#wrappingBytes), key)
  }
}
