/** The modules as the service speaks with them: who they are and the keys between us. */
import { fromHex, toHex } from '@edgeward/base'
import { deriveModuleKey, type KeyHandle, keyIdOf, type ModuleKeyPurpose } from '@edgeward/keystore'
import type { Selectable } from 'kysely'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'
import type { ModuleTable } from '../storage/tables.ts'

export type ModuleRow = Selectable<ModuleTable>

/** A module that has been commissioned and was not taken out of the site since. */
export interface Peer {
  readonly row: ModuleRow
  readonly module: string
  /** 8 bytes; in hex its account at the broker. */
  readonly party: Uint8Array
  readonly account: string
  readonly keyVersion: number
  /** Public point of its identity. */
  readonly identity: Uint8Array
}

/** A commissioned module by its id. */
export async function findPeer(
  core: Core,
  module: string,
  queries: Queries = core.storage.queries,
): Promise<Peer | undefined> {
  const { tenant, site } = core.storage.scope
  const row = await queries
    .selectFrom('module')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', module)
    .executeTakeFirst()
  return row && peerOf(row)
}

/** A commissioned module by its account at the broker. */
export async function findPeerByAccount(core: Core, account: string): Promise<Peer | undefined> {
  const { tenant, site } = core.storage.scope
  const row = await core.storage.queries
    .selectFrom('module')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('party', '=', fromHex(account))
    .executeTakeFirst()
  return row && peerOf(row)
}

/** The module to which a transport key id belongs, whatever topic its envelope came by. */
export async function findPeerByKey(core: Core, keyId: string): Promise<Peer | undefined> {
  const account = await accountOfKey(core, keyId)
  return account === undefined ? undefined : findPeerByAccount(core, account)
}

/** Key ids to accounts: both follow from the module's id and never change, so they are worked out once. */
const knownKeys = new WeakMap<Core, Map<string, string>>()

async function accountOfKey(core: Core, keyId: string): Promise<string | undefined> {
  const { tenant, site } = core.storage.scope
  const known = knownKeys.get(core) ?? new Map<string, string>()
  knownKeys.set(core, known)
  const account = known.get(keyId)
  if (account !== undefined) return account
  // An id that nobody has costs a count; only a new module makes it worth to look through all.
  const { count } = await core.storage.queries
    .selectFrom('module')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .executeTakeFirstOrThrow()
  if (Number(count) === known.size) return undefined
  const rows = await core.storage.queries
    .selectFrom('module')
    .select('party')
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .execute()
  for (const { party } of rows) known.set(keyIdOf({ site, purpose: 'transport-up', subject: party }), toHex(party))
  return known.get(keyId)
}

/** All commissioned modules that the site still has. */
export async function allPeers(core: Core): Promise<readonly Peer[]> {
  const { tenant, site } = core.storage.scope
  const rows = await core.storage.queries
    .selectFrom('module')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('current', '=', true)
    .execute()
  return rows.flatMap(row => peerOf(row) ?? [])
}

/** A key between the service and a module. */
export function moduleKey(
  core: Core,
  { party, keyVersion }: Pick<Peer, 'party' | 'keyVersion'>,
  purpose: ModuleKeyPurpose,
): Promise<KeyHandle> {
  return deriveModuleKey(core.keyStore, {
    root: core.roots.transportRoot,
    site: core.storage.scope.site,
    module: party,
    purpose,
    version: keyVersion,
  })
}

function peerOf(row: ModuleRow): Peer | undefined {
  if (row.commissioned_at === null || row.identity_key === null || row.removed_at !== null) return undefined
  return {
    row,
    module: row.module,
    party: row.party,
    account: toHex(row.party),
    keyVersion: row.key_version,
    identity: row.identity_key,
  }
}
