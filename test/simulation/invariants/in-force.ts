/** What was acknowledged is in force, after any restart; in the end the newest is. */

import { toHex } from '@edgeward/base'
import { openBundle } from '@edgeward/domain'
import { readPayload } from '@edgeward/keystore/seal'
import type { ModuleNode } from '../module-node.ts'
import type { Truth } from '../service/truth.ts'
import type { MakeInvariant } from './invariant.ts'

export const acknowledgedIsInForce: MakeInvariant = view => ({
  name: 'what a module has acknowledged is in force there, whatever happens to it',
  clause: 'design "when a change is in force"; envelope.md §5 "one durable transaction"; R13',
  stepped(node) {
    if (!node.isOn || !node.isCommissioned) return undefined
    const known = view.known(node)
    const { versions } = node.status()
    const said = { bundle: known.bundle, epoch: known.epoch, revocations: known.revocations, keys: known.keyPackage }
    for (const name of ['bundle', 'epoch', 'revocations', 'keys'] as const)
      if (versions[name] < said[name]) return `${name}: ${said[name]} was acknowledged, ${versions[name]} is in force`
    const durable = node.store.get('SELECT version FROM bundle')?.version ?? 0
    if (durable !== versions.bundle) return `bundle ${versions.bundle} is in force, ${durable} on the disk`
    return undefined
  },
})

interface Standing {
  readonly state: 'active' | 'suspended' | 'revoked'
  readonly order: number
}

export const reachesNewest: MakeInvariant = view => ({
  name: 'when the network has healed, every module comes to the newest state',
  clause: 'envelope.md §5; design "sync"; T28',
  ended(node) {
    const { truth, service } = view
    if (!node.isOn) return 'it is off'
    const { versions } = node.status()
    if (versions.bundle !== truth.bundle.version) return `bundle ${versions.bundle} of ${truth.bundle.version}`
    if (versions.revocations !== truth.revocationVersion)
      return `revocations ${versions.revocations} of ${truth.revocationVersion}`
    if (!service.isUpToDate(node.id)) return 'the service does not know it to be up to date'
    return standingFault(node, lastingStates(truth))
  },
})

/** What ends by itself may have ended earlier here, by the time that the module believed then. */
function lastingStates(truth: Truth): ReturnType<Truth['states']> {
  const ending = truth.wordsSince(0, truth.revocationVersion).filter(({ until }) => until !== null)
  const states = new Map(truth.states())
  for (const { credential } of ending) states.delete(credential)
  return states
}

/** Whether each credential stands as the list says. */
function standingFault(
  node: ModuleNode,
  wanted: ReadonlyMap<string, 'active' | 'suspended' | 'revoked'>,
): string | undefined {
  const { credentials = {} } = node.durableState() as { credentials?: Record<string, Standing> }
  const payload = node.store.get('SELECT payload FROM bundle')?.payload
  const bundle = readPayload('policy-bundle', 'down', payload instanceof Uint8Array ? payload : new Uint8Array())
  const { credentialStates = {} } = 'tables' in bundle ? openBundle(bundle.tables) : {}
  for (const [credential, state] of wanted) {
    const reference = toHex(new TextEncoder().encode(credential.padEnd(8, '.')))
    const file = credentialStates[reference]
    const stands = file === 'revoked' ? file : (credentials[reference]?.state ?? file ?? 'active')
    if (stands !== state) return `${credential} is ${state}, here ${stands}`
  }
  return undefined
}
