/** The roots of a site in its key store: made at the first start, found again at every other. keys.md §6 */
import { toHex } from '@edgeward/base'
import {
  type KeyAlgorithm,
  type KeyHandle,
  type KeyPurpose,
  type KeyStore,
  KeyStoreError,
  keyIdOf,
} from '@edgeward/keystore'
import { partyId } from '@edgeward/keystore/seal'
import { Refusal } from '../refusal.ts'
import { ServiceError } from '../service-error.ts'
import type { GroupMemory } from './group-memory.ts'

/** Keys of one key group: the blast radius of a stolen module (R2). */
export interface GroupKeys {
  /** Party id of the group, 8 bytes. */
  readonly party: Uint8Array
  /** Newest version of each. */
  readonly credential: KeyHandle
  readonly pin: KeyHandle
}

export interface Roots {
  readonly transportRoot: KeyHandle
  readonly credentialIssuer: KeyHandle
  readonly siteCa: KeyHandle
  readonly readerGroup: KeyHandle
  /** Party id of the service, 8 bytes. */
  readonly service: Uint8Array
  /** The keys of a key group by its id in the site file; made when it is new. Refuses with `unavailable` when they were there and are gone. */
  group(id: string): Promise<GroupKeys>
}

const rootKeys: readonly (readonly [KeyPurpose, KeyAlgorithm])[] = [
  ['transport-root', 'AES-256'],
  ['credential-issuer', 'P-256'],
  ['site-ca', 'P-256'],
  ['reader-group', 'P-256'],
]
const firstVersion = 1

/** Which roots. */
export interface RootsOptions {
  readonly store: KeyStore
  /** 16 bytes. */
  readonly site: Uint8Array
  /** The site is new: roots may be made. Otherwise a missing one is an error, since nothing sealed by it could be read. */
  readonly fresh: boolean
  /** What the database knows of key groups. */
  readonly groups: GroupMemory
}

/** Finds the roots, and the keys of every key group that has some. Throws a ServiceError `key-missing`. */
export async function openRoots({ store, site, fresh, groups }: RootsOptions): Promise<Roots> {
  const found = new Map<KeyPurpose, KeyHandle>()
  for (const [purpose, algorithm] of rootKeys) {
    const keyId = keyIdOf({ site, purpose })
    const key =
      (await store.find(keyId)) ??
      (fresh ? await store.generate({ keyId, version: firstVersion, purpose, algorithm }) : undefined)
    if (key === undefined) {
      throw new ServiceError(
        'key-missing',
        `the key store has no ${purpose} of this site: it is another site's, or was replaced`,
      )
    }
    found.set(purpose, key)
  }
  for (const party of await groups.all()) {
    const missing = await missingOf(store, site, party)
    if (missing !== undefined) throw new ServiceError('key-missing', `the key store lacks ${missing}`)
  }
  const root = (purpose: KeyPurpose): KeyHandle => found.get(purpose) as KeyHandle
  return {
    transportRoot: root('transport-root'),
    credentialIssuer: root('credential-issuer'),
    siteCa: root('site-ca'),
    readerGroup: root('reader-group'),
    service: partyId(site, 'service'),
    group: id => groupKeys({ store, site, groups }, groupParty(site, id)),
  }
}

/** Party id of a key group. */
export function groupParty(site: Uint8Array, group: string): Uint8Array {
  return partyId(site, `group:${group}`)
}

const groupPurposes = ['credential', 'pin'] as const
type GroupPurpose = (typeof groupPurposes)[number]

async function groupKeys({ store, site, groups }: Omit<RootsOptions, 'fresh'>, party: Uint8Array): Promise<GroupKeys> {
  if (await groups.has(party)) {
    // A new key in the place of a lost one would lock out every phone and module of the group, and say nothing (T57).
    const missing = await missingOf(store, site, party)
    if (missing !== undefined) throw new Refusal('unavailable', `nothing is issued: the key store lacks ${missing}`)
  }
  const key = (purpose: GroupPurpose): Promise<KeyHandle> =>
    findOrMake(store, groupKeyId(site, purpose, party), purpose)
  const keys = { party, credential: await key('credential'), pin: await key('pin') }
  await groups.remember(party)
  return keys
}

/** What a key store lacks of a group that has keys, in words; undefined: nothing. */
async function missingOf(store: KeyStore, site: Uint8Array, party: Uint8Array): Promise<string | undefined> {
  for (const purpose of groupPurposes) {
    if ((await store.find(groupKeyId(site, purpose, party))) === undefined) {
      return `the ${purpose} key of key group ${toHex(party)}, which modules and phones have: it was replaced or damaged. Put the key store back that belongs to this database`
    }
  }
  return undefined
}

function groupKeyId(site: Uint8Array, purpose: GroupPurpose, party: Uint8Array): string {
  return keyIdOf({ site, purpose, subject: party })
}

async function findOrMake(store: KeyStore, keyId: string, purpose: GroupPurpose): Promise<KeyHandle> {
  const there = await store.find(keyId)
  if (there !== undefined) return there
  try {
    return await store.generate({ keyId, version: firstVersion, purpose, algorithm: 'AES-256', wrappable: true })
  } catch (error) {
    // Two requests at once may want the first key of a group; the one that came first has made it.
    const made = error instanceof KeyStoreError && error.code === 'key-exists' ? await store.find(keyId) : undefined
    if (made === undefined) throw error
    return made
  }
}
