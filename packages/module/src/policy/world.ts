/** From the payload of a policy bundle to the world that the decision reads. */
import type { World } from '@edgeward/domain'
import { readPayload } from '@edgeward/keystore/seal'

/** The world of a stored bundle's payload. */
export function worldOf(payload: Uint8Array, moduleId: string): World {
  const bundle = readPayload('policy-bundle', 'down', payload)
  throw new Error(`not yet: ${String(bundle)} ${moduleId}`)
}
