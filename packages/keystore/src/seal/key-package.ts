/** Keys on their way to a module, wrapped under its `module-kek`. envelope.md §3 */
import { KeyStoreError } from '../errors.ts'
import type { KeyAlgorithm, KeyHandle, KeyPurpose, KeyStore } from '../keystore.ts'
import type { KeyPackage, PackagedKey } from './payloads/key-package.ts'
import { EnvelopeRefused } from './refusal.ts'

/** What the module is told about a key, besides the key. */
export interface KeyToPackage {
  /** Wrappable. */
  readonly key: KeyHandle
  /** Seconds since 1970: from when it may be used to send. */
  readonly notBefore: number
  readonly replaces?: number
  readonly destroyVersions?: readonly number[]
}

/** Purposes of keys that a module is given; whatever else a package names is refused. */
const travelling: readonly string[] = [
  'transport-down',
  'transport-up',
  'audit-mac',
  'mqtt',
  'credential',
  'pin',
  'reader-group',
] satisfies KeyPurpose[]
/** A new version of these never travels under the old one, or a recorded wire falls with one key (R13). */
const freshlyAgreed: readonly string[] = ['transport-down', 'transport-up'] satisfies KeyPurpose[]

/** The keys of a package of type `key-package`, each wrapped under the module's kek. Transport keys are not among them. */
export async function wrapKeyPackage(
  store: KeyStore,
  kek: KeyHandle,
  keys: readonly KeyToPackage[],
): Promise<readonly PackagedKey[]> {
  const fresh = keys.find(({ key }) => freshlyAgreed.includes(key.purpose))
  if (fresh !== undefined)
    throw new KeyStoreError('not-allowed', `a ${fresh.key.purpose} key comes in a first key package`)
  return Promise.all(keys.map(key => packageKey(store, kek, key)))
}

/**
 * Takes the keys of a package of type `key-package` into the store and destroys the versions that it names, all or
 * nothing. Throws a KeyStoreError (acknowledge `key-store`), or EnvelopeRefused `payload` for a key that has no place here.
 */
export async function acceptKeyPackage(
  store: KeyStore,
  kek: KeyHandle,
  { keys }: KeyPackage,
): Promise<readonly KeyHandle[]> {
  for (const { purpose } of keys) {
    if (freshlyAgreed.includes(purpose))
      throw new EnvelopeRefused('payload', `a ${purpose} key comes in a first key package`)
  }
  return store.together(() => takeIn(store, kek, keys))
}

/** One key, wrapped and described. */
export async function packageKey(
  store: KeyStore,
  kek: KeyHandle,
  { key, notBefore, replaces, destroyVersions }: KeyToPackage,
): Promise<PackagedKey> {
  return {
    keyId: key.keyId,
    version: key.version,
    purpose: key.purpose,
    algorithm: packagedAlgorithm(key.algorithm),
    wrapped: await store.wrap(kek, key),
    kek: { keyId: kek.keyId, version: kek.version },
    notBefore,
    ...(replaces !== undefined && { replaces }),
    ...(destroyVersions !== undefined && destroyVersions.length > 0 && { destroyVersions }),
  }
}

/** Unwraps keys and destroys old versions; the caller makes it one change. */
export async function takeIn(
  store: KeyStore,
  kek: KeyHandle,
  keys: readonly PackagedKey[],
): Promise<readonly KeyHandle[]> {
  const taken: KeyHandle[] = []
  for (const key of keys) {
    if (!isSameKid(key.kek, kek)) throw new KeyStoreError('key-not-found', 'a key is wrapped under another module-kek')
    const { keyId, version, algorithm } = key
    taken.push(
      await store.unwrap(kek, key.wrapped, { keyId, version, purpose: travellingPurpose(key.purpose), algorithm }),
    )
    await destroyOld(store, key)
  }
  return taken
}

async function destroyOld(
  store: KeyStore,
  { keyId, version, purpose, destroyVersions = [] }: PackagedKey,
): Promise<void> {
  for (const old of destroyVersions) {
    if (old === version) throw new EnvelopeRefused('payload', 'a key package destroys the key that it brings')
    const there = await store.find(keyId, old)
    if (there === undefined) continue
    if (there.purpose !== purpose) throw new EnvelopeRefused('payload', `key ${keyId} is no ${purpose} key here`)
    await store.destroy(there)
  }
}

function travellingPurpose(purpose: string): KeyPurpose {
  if (!isTravelling(purpose)) throw new EnvelopeRefused('payload', `a ${purpose} key is not for a module`)
  return purpose
}

function isTravelling(purpose: string): purpose is KeyPurpose {
  return travelling.includes(purpose)
}

function packagedAlgorithm(algorithm: KeyAlgorithm): PackagedKey['algorithm'] {
  if (algorithm === 'Ed25519') throw new KeyStoreError('unsupported', 'an Ed25519 key does not travel')
  return algorithm
}

function isSameKid(a: { keyId: string; version: number }, b: { keyId: string; version: number }): boolean {
  return a.keyId === b.keyId && a.version === b.version
}
