/** From the payload of a policy bundle to the world that the decision reads. */
import { openBundle, type World } from '@edgeward/domain'
import { type PolicyBundle, readPayload } from '@edgeward/keystore/seal'
import { ModuleError } from '../errors.ts'

/** The world of a bundle, which ends when the bundle does. Throws a BundleError. */
export function worldOfBundle({ tables, notAfter }: Pick<PolicyBundle, 'tables' | 'notAfter'>): World {
  return { ...openBundle(tables), notAfter }
}

/** The world of a payload that was accepted and stored. Throws a ModuleError `store-damaged` when it cannot be read any more. */
export function worldOfPayload(payload: Uint8Array): World {
  try {
    const bundle = readPayload('policy-bundle', 'down', payload)
    if (!('tables' in bundle)) throw new TypeError('not a bundle')
    return worldOfBundle(bundle)
  } catch (cause) {
    throw new ModuleError('store-damaged', 'the stored bundle cannot be read', { cause })
  }
}
