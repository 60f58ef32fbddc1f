/** A policy bundle: the rules of this module, whole. envelope.md §3 */
import { BundleError, type State, step, type World } from '@edgeward/domain'
import type { PolicyBundle } from '@edgeward/keystore/seal'
import type { Policy } from '../policy/policy.ts'
import { worldOfBundle } from '../policy/world.ts'
import { removeEndingsOf } from '../store/commands.ts'
import type { Database } from '../store/database.ts'
import { counter, setCounter } from '../store/meta.ts'
import { type Effect, refused } from './effect.ts'

/** A bundle, and any other envelope, ends at most so long after the autonomy that counts from when it was made. threat-model.md §8 */
export const graceSeconds: number = 60 * 86_400
/** Autonomy of a module of which no bundle says more. site.md §2 */
const defaultAutonomy = 30 * 86_400
/** How far the service's clock may be ahead of ours. */
const aheadSeconds = 300

/** The autonomy of a module, seconds. */
export function autonomyOf(world: World | undefined, module: string): number {
  const modules = world?.site.modules ?? {}
  return (Object.hasOwn(modules, module) ? modules[module]?.autonomy : undefined) ?? defaultAutonomy
}

export interface BundleOptions {
  readonly db: Database
  readonly policy: Policy
  readonly moduleId: string
  /** The module's time, seconds. */
  readonly at: number
  /** When the envelope was made: it is that late at least. */
  readonly issued: number
  readonly payload: PolicyBundle
  readonly payloadBytes: Uint8Array
}

/** An epoch that sinks is refused; what is of an unknown format, for another module or for another time too. */
export function bundleEffect({ db, policy, moduleId, at, issued, payload, payloadBytes }: BundleOptions): Effect {
  const { epoch, version, revocationVersion, siteDigest, notBefore, notAfter } = payload
  if (policy.bundle !== undefined && epoch < policy.bundle.epoch) return refused('epoch')
  if (at > notAfter) return refused('expired', 'expired')
  if (notBefore > Math.max(at, issued) + aheadSeconds) return refused('not yet')
  const world = readWorld(payload, moduleId)
  if (typeof world === 'string') return refused(world)
  if (notAfter - notBefore > autonomyOf(world, moduleId) + graceSeconds) return refused('ends too late')
  const before = policy.state
  const stepped = step(policy.world ?? world, before, { type: 'bundle', at, world }).state
  const isBehind = revocationVersion < counter(db, 'revocationVersion')
  return {
    result: 'done',
    change: {
      state: isBehind ? keepingInterventions(before, stepped) : stepped,
      bundle: { payload: payloadBytes, epoch, version, siteDigest, world },
    },
    store() {
      setCounter(db, 'revocationVersion', Math.max(revocationVersion, counter(db, 'revocationVersion')))
      // The bundle says what every credential is now; the end of an earlier suspension is not that of this one.
      if (!isBehind) removeEndingsOf(db, 'resume')
    },
    event: 'bundle-applied',
    detail: { version: String(version), epoch: String(epoch), revocations: String(revocationVersion) },
  }
}

function readWorld(payload: PolicyBundle, moduleId: string): ReturnType<typeof worldOfBundle> | string {
  try {
    const world = worldOfBundle(payload)
    return world.module === moduleId ? world : 'for another module'
  } catch (error) {
    if (error instanceof BundleError) return `tables: ${error.code}`
    throw error
  }
}

/** A bundle that is older than revocations known here must not lift them. */
function keepingInterventions(before: State, stepped: State): State {
  const kept = Object.entries(before.credentials).filter(([id]) => stepped.credentials[id]?.state !== 'revoked')
  return { ...stepped, credentials: { ...stepped.credentials, ...Object.fromEntries(kept) } }
}
