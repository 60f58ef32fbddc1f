/**
 * Keys of a simulation are no keys for production (R12, T58): they lie in demo folders, were shown, copied, backed up
 * without care. A store that ever served one carries a mark among its keys, sealed with them, and loses it with them.
 */
import { utf8 } from '@edgeward/base'
import { keyIdOf } from './key-id.ts'
import type { KeyStore } from './keystore.ts'

/** A key that nobody signs with: that it is there is what it says. */
const purpose = 'checkpoint'
const keyId: string = keyIdOf({ site: new Uint8Array(16), purpose, subject: utf8('simulate') })

/** Marks a store as one of a simulation, for as long as it has keys. */
export async function markSimulated(store: KeyStore): Promise<void> {
  if (await isMarkedSimulated(store)) return
  await store.generate({ keyId, version: 1, purpose, algorithm: 'Ed25519' })
}

/** Whether a store ever served a simulation. */
export async function isMarkedSimulated(store: KeyStore): Promise<boolean> {
  return (await store.find(keyId)) !== undefined
}
