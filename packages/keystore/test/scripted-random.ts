import { createCipheriv } from 'node:crypto'
import { type Random, SystemRandom } from '@edgeward/base'
import { type KeyHandle, type KeySpec, type KeyStore, sessionKey } from '../src/index.ts'
import { createMemoryKeyStore } from '../src/software/index.ts'

/** Gives what was laid in, then random bytes. */
export class ScriptedRandom implements Random {
  readonly script: Uint8Array[] = []
  readonly #system = new SystemRandom()

  bytes(count: number): Uint8Array {
    const laidIn = this.script.shift()
    if (laidIn === undefined) return this.#system.bytes(count)
    if (laidIn.length !== count) throw new Error(`${laidIn.length} bytes were laid in, ${count} are drawn`)
    return Uint8Array.from(laidIn)
  }
}

export interface KnownStore {
  readonly store: KeyStore
  readonly random: ScriptedRandom
  /** Bytes of a session key that wraps and unwraps, and its handle. */
  readonly wrappingBytes: Uint8Array
  readonly wrapping: KeyHandle
  /** Takes in a known AES key. */
  import(key: Uint8Array, spec: KeySpec): Promise<KeyHandle>
}

/** A store with a session key that the test knows: known keys come in, and wrappable ones out, wrapped under it. */
export async function knownStore(): Promise<KnownStore> {
  const random = new ScriptedRandom()
  const store = await createMemoryKeyStore(random)
  const wrappingBytes = new SystemRandom().bytes(32)
  random.script.push(wrappingBytes)
  const wrapping = await store.generate(sessionKey('AES-256'))
  return {
    ...{ store, random, wrappingBytes, wrapping },
    import: (key, spec) => store.unwrap(wrapping, keyWrap(wrappingBytes, key), spec),
  }
}

export function keyWrap(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('id-aes256-wrap', wrapping, Buffer.alloc(8, 0xa6))
  return Buffer.concat([cipher.update(key), cipher.final()])
}
