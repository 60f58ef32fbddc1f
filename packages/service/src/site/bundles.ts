/** Policy bundles: one for each module, with what it needs and no more. A module gets a new version when its bytes change. */
import { bytesEqual, toHex } from '@edgeward/base'
import { compileBundle, type Site } from '@edgeward/domain'
import { partyId } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import type { Queries } from '../storage/storage.ts'
import { desire } from '../sync/effects.ts'

const subIdBytes = 16
const firstKeyVersion = 1
/** A bundle outlives the module's autonomy by so much, and is renewed when half of that is left. threat-model §8 */
const graceSeconds = 60 * 86_400

/** Rows for the modules of a site; they keep their identity over the years. */
export async function listModules(core: Core, queries: Queries, site: Site): Promise<void> {
  const { scope } = core.storage
  await queries
    .updateTable('module')
    .set({ current: false })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  for (const [module, { keyGroup }] of Object.entries(site.modules)) {
    await queries
      .insertInto('module')
      .values({
        ...scope,
        module,
        party: partyId(scope.site, module),
        key_group: keyGroup,
        current: true,
        commissioned_at: null,
        fingerprint: null,
        identity_key: null,
        agreement_key: null,
        reader_key: null,
        reader_sub_id: core.random.bytes(subIdBytes),
        serial: null,
        home: null,
        key_version: firstKeyVersion,
        reader_until: null,
        last_contact_at: null,
        clock_quality: null,
        clock_offset_ms: null,
        health_at: null,
        free_records: null,
        simulated: false,
        chain_epoch: 0,
        last_record: 0,
        complete_record: 0,
        acknowledged_record: 0,
        removed_at: null,
      })
      .onConflict(conflict =>
        conflict.columns(['tenant', 'site', 'module']).doUpdateSet({ current: true, key_group: keyGroup }),
      )
      .execute()
  }
}

/** What all bundles of a moment have in common. */
export interface BundleBasis {
  readonly site: Site
  readonly siteVersion: number
  /** SHA-256 of the site file, normalised. */
  readonly digest: Uint8Array
  readonly epoch: number
  readonly revocationVersion: number
  /** After a restore: versions go on above everything that was given before. */
  readonly leastVersion?: number
}

/** Compiles every module's bundle and gives those that changed a new version. Returns the modules that got one. */
export async function buildBundles(core: Core, queries: Queries, basis: BundleBasis): Promise<readonly string[]> {
  const references = await referencesOf(core, queries)
  const changed: string[] = []
  for (const module of Object.keys(basis.site.modules)) {
    const tables = compileBundle(basis.site, module, references)
    if (await storeBundle(core, queries, { basis, module, tables })) changed.push(module)
  }
  for (const module of Object.keys(basis.site.modules)) {
    await desire(core, queries, { module, type: 'revocation-delta', version: basis.revocationVersion })
  }
  return changed
}

async function storeBundle(
  core: Core,
  queries: Queries,
  { basis, module, tables }: { readonly basis: BundleBasis; readonly module: string; readonly tables: Uint8Array },
): Promise<boolean> {
  const { scope } = core.storage
  const last = await queries
    .selectFrom('bundle')
    .select(['version', 'epoch', 'tables', 'not_after'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .orderBy('version', 'desc')
    .executeTakeFirst()
  const now = seconds(core.clock.now())
  const autonomy = basis.site.modules[module]?.autonomy ?? 0
  const lasts = last !== undefined && last.not_after - now > autonomy + graceSeconds / 2
  if (last !== undefined && lasts && last.epoch === basis.epoch && bytesEqual(last.tables, tables)) return false
  const version = Math.max((last?.version ?? 0) + 1, basis.leastVersion ?? 0)
  await queries
    .insertInto('bundle')
    .values({
      ...scope,
      module,
      version,
      epoch: basis.epoch,
      revocation_version: basis.revocationVersion,
      site_version: basis.siteVersion,
      not_before: now,
      not_after: now + autonomy + graceSeconds,
      tables,
      site_digest: basis.digest,
    })
    .execute()
  await desire(core, queries, { module, type: 'policy-bundle', version })
  return true
}

/** References as the bundles have them: hex. */
async function referencesOf(core: Core, queries: Queries) {
  const { scope } = core.storage
  const people = await queries
    .selectFrom('person')
    .select(['person', 'reference'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const blocked = await queries
    .selectFrom('credential')
    .select(['pseudonym', 'state'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('state', '!=', 'active')
    .execute()
  return {
    people: Object.fromEntries(people.map(({ person, reference }) => [person, toHex(reference)])),
    credentialStates: Object.fromEntries(blocked.map(({ pseudonym, state }) => [toHex(pseudonym), state])),
  }
}
