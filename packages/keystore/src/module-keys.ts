import { concat, invariant, uintBytes } from '@edgeward/base'
import { keyIdOf } from './key-id.ts'
import type { KeyAlgorithm, KeyHandle, KeyStore } from './keystore.ts'

/** The keys of one module that come from the transport root. keys.md §6 */
export type ModuleKeyPurpose = 'transport-down' | 'transport-up' | 'audit-mac' | 'mqtt' | 'module-kek'

const derivations: Readonly<Record<ModuleKeyPurpose, { readonly label: string; readonly algorithm: KeyAlgorithm }>> = {
  'transport-down': { label: 'edgeward/transport-down', algorithm: 'AES-256' },
  'transport-up': { label: 'edgeward/transport-up', algorithm: 'AES-256' },
  'audit-mac': { label: 'edgeward/audit-mac', algorithm: 'AES-256' },
  mqtt: { label: 'edgeward/mqtt', algorithm: 'AES-128' },
  'module-kek': { label: 'edgeward/module-kek', algorithm: 'AES-256' },
}

/** Which module key to derive. */
export interface ModuleKey {
  readonly root: KeyHandle
  /** 16 bytes. */
  readonly site: Uint8Array
  /** The module's party id, 8 bytes. */
  readonly module: Uint8Array
  readonly purpose: ModuleKeyPurpose
  readonly version: number
}

/** A module's key, derived into the service's store and ready to be wrapped for the module. Deriving again changes nothing. */
export async function deriveModuleKey(
  store: KeyStore,
  { root, site, module, purpose, version }: ModuleKey,
): Promise<KeyHandle> {
  invariant(module.length === 8, 'a module id has 8 bytes')
  const keyId = keyIdOf({ site, purpose, subject: module })
  const { label, algorithm } = derivations[purpose]
  const there = await store.find(keyId, version)
  if (there !== undefined) return there
  const context = concat(module, uintBytes(version, 4))
  return store.derive(root, { label, context }, { keyId, version, purpose, algorithm, wrappable: true })
}
