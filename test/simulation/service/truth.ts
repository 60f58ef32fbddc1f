/** What is true at the works, whoever has heard of it: rules, blocks, orders of the moment. */

import { toHex } from '@edgeward/base'
import { compileBundle, openBundle, type World } from '@edgeward/domain'
import type { ServiceKeys } from './service-keys.ts'
import { people, worksWithout } from './works.ts'

export interface BundleTruth {
  readonly version: number
  readonly epoch: number
  readonly revocationVersion: number
  readonly off: ReadonlySet<string>
  /** Credential to what the bundle says of it. */
  readonly states: Readonly<Record<string, 'suspended' | 'revoked'>>
}

export interface RevocationTruth {
  readonly version: number
  readonly credential: string
  readonly action: 'revoke' | 'suspend' | 'restore'
  readonly until: number | null
}

export class Truth {
  readonly #keys: ServiceKeys
  readonly #tables = new Map<string, Uint8Array>()
  readonly #worlds = new Map<string, World>()
  readonly bundles: BundleTruth[] = []
  readonly revocations: RevocationTruth[] = []
  epoch = 1

  constructor(keys: ServiceKeys) {
    this.#keys = keys
    this.change(new Set(['no-press', 'no-gate']))
  }

  get bundle(): BundleTruth {
    return this.bundles.at(-1) as BundleTruth
  }

  get revocationVersion(): number {
    return this.revocations.at(-1)?.version ?? 0
  }

  /** A new version of the rules. */
  change(off: ReadonlySet<string>): BundleTruth {
    const states: Record<string, 'suspended' | 'revoked'> = {}
    for (const [credential, state] of this.states()) if (state !== 'active') states[credential] = state
    const bundle = {
      version: this.bundles.length + 1,
      epoch: this.epoch,
      revocationVersion: this.revocationVersion,
      off: new Set(off),
      states,
    }
    this.bundles.push(bundle)
    return bundle
  }

  /** A word on a credential. */
  say(credential: string, action: RevocationTruth['action'], until: number | null = null): void {
    this.revocations.push({ version: this.revocationVersion + 1, credential, action, until })
  }

  /** What holds of each credential that somebody spoke of, after a version of the list. */
  states(upTo: number = Number.POSITIVE_INFINITY): ReadonlyMap<string, 'active' | 'suspended' | 'revoked'> {
    const states = new Map<string, 'active' | 'suspended' | 'revoked'>()
    for (const { version, credential, action } of this.revocations) {
      if (version > upTo || states.get(credential) === 'revoked') continue
      states.set(credential, ({ revoke: 'revoked', suspend: 'suspended', restore: 'active' } as const)[action])
    }
    return states
  }

  /** Last words on credentials since a version. */
  wordsSince(base: number, upTo: number): readonly RevocationTruth[] {
    const last = new Map<string, RevocationTruth>()
    for (const entry of this.revocations) {
      if (entry.version <= base || entry.version > upTo) continue
      last.delete(entry.credential)
      last.set(entry.credential, entry)
    }
    return [...last.values()]
  }

  tables(module: string, { version, off, states }: BundleTruth): Uint8Array {
    const name = `${module}/${version}`
    let tables = this.#tables.get(name)
    if (tables === undefined) {
      tables = compileBundle(worksWithout(off), module, {
        people: Object.fromEntries(people.map(id => [id, toHex(this.#keys.person(id))])),
        credentialStates: Object.fromEntries(
          Object.entries(states).map(([id, state]) => [toHex(this.#keys.credential(id)), state]),
        ),
      })
      this.#tables.set(name, tables)
    }
    return tables
  }

  /** The rules of a module in a version, as the decision reads them. */
  world(module: string, version: number): World {
    const name = `${module}/${version}`
    let world = this.#worlds.get(name)
    if (world === undefined) {
      const bundle = this.bundles[version - 1]
      if (bundle === undefined) throw new Error(`there was never a version ${version}`)
      world = openBundle(this.tables(module, bundle))
      this.#worlds.set(name, world)
    }
    return world
  }
}
