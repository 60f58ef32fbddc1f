/** The keys that a module makes for itself at its first start, in its own key store. keys.md §6, rule R3 */
import { type KeyHandle, type KeyPurpose, type KeyStore, keyIdOf } from '@edgeward/keystore'

export interface OwnKeys {
  readonly identity: KeyHandle
  readonly agreement: KeyHandle
  readonly reader: KeyHandle
}

const purposes = { identity: 'module-identity', agreement: 'module-agreement', reader: 'reader-identity' } as const
/** They are made before the module belongs to a site. */
const noSite: Uint8Array = new Uint8Array(16)

/** The module's keys; made when they are not there, all or none. */
export function ownKeys(keyStore: KeyStore): Promise<OwnKeys> {
  return keyStore.together(async () => ({
    identity: await findOrMake(keyStore, purposes.identity),
    agreement: await findOrMake(keyStore, purposes.agreement),
    reader: await findOrMake(keyStore, purposes.reader),
  }))
}

async function findOrMake(keyStore: KeyStore, purpose: KeyPurpose): Promise<KeyHandle> {
  const keyId = keyIdOf({ site: noSite, purpose })
  const found = await keyStore.find(keyId)
  return found ?? keyStore.generate({ keyId, version: 1, purpose, algorithm: 'P-256' })
}

/** Destroys every key of a store. */
export async function destroyAllKeys(keyStore: KeyStore): Promise<void> {
  const keys = await keyStore.list()
  await keyStore.together(async () => {
    for (const key of keys) await keyStore.destroy(key)
  })
}
