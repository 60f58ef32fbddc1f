import type { KeyStore } from '@edgeward/keystore'
import type { ModuleSettings } from '@edgeward/keystore/commissioning'
import type { Direction, Receiver } from '@edgeward/keystore/seal'

/**
 * This module as a receiver of envelopes: its own id and its key groups, the keys that it was given, the service as the
 * only peer. It keeps no mark here: whoever stores the effect compares, and can answer what comes twice.
 */
export function receiverOf(keyStore: KeyStore, settings: ModuleSettings): Receiver {
  const { tenant, site, moduleParty, groupParties, serviceParty } = settings
  return {
    tenant,
    site,
    me: moduleParty,
    groups: groupParties,
    async findKey({ keyId, version }) {
      const handle = await keyStore.find(keyId, version)
      const direction = handle && directionOf(handle.purpose)
      return handle && direction && { handle, direction, peer: serviceParty, retired: false }
    },
    mark: () => undefined,
  }
}

function directionOf(purpose: string): Direction | undefined {
  if (purpose === 'transport-down') return 'down'
  return purpose === 'credential' ? 'holder' : undefined
}
