/** Tenant and site of this service: random, made once, never sent (envelope.md §1). */
import type { Kysely } from 'kysely'
import type { Scoped, Tables } from './tables.ts'

/** The site that this database is of; undefined for a new one. */
export async function findScope(queries: Kysely<Tables>): Promise<Scoped | undefined> {
  const row = await queries.selectFrom('site').select(['tenant', 'site']).orderBy('created_at').executeTakeFirst()
  return row && { tenant: Uint8Array.from(row.tenant), site: Uint8Array.from(row.site) }
}

/** Begins a site. */
export async function keepScope(
  queries: Kysely<Tables>,
  scope: Scoped,
  { now, readerGroup }: { readonly now: number; readonly readerGroup: Uint8Array },
): Promise<void> {
  await queries
    .insertInto('site')
    .values({
      ...scope,
      created_at: now,
      epoch: 1,
      site_version: null,
      revocation_version: 0,
      claimed_at: null,
      reader_group: readerGroup,
    })
    .execute()
}
