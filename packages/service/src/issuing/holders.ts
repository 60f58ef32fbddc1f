/** People and credentials of the site in force, with what the database knows of them. */
import type { Person } from '@edgeward/domain'
import type { Selectable } from 'kysely'
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'
import type { SiteInForce } from '../site/sites.ts'
import { holderOf } from '../site/subjects.ts'
import type { Queries } from '../storage/storage.ts'
import type { CredentialTable } from '../storage/tables.ts'

export type CredentialRow = Selectable<CredentialTable>

/** Somebody of the site in force. */
export interface Holder {
  readonly id: string
  readonly person: Person
  /** 16 bytes. */
  readonly reference: Uint8Array
  readonly credentials: readonly CredentialRow[]
}

/** A person or robot of the site in force. Refuses with `not-found`. */
export async function findHolder(
  core: Core,
  site: SiteInForce,
  id: string,
  queries: Queries = core.storage.queries,
): Promise<Holder> {
  const person = holderOf(site.model, id)
  const { tenant, site: scope } = core.storage.scope
  const row = await queries
    .selectFrom('person')
    .select('reference')
    .where('tenant', '=', tenant)
    .where('site', '=', scope)
    .where('person', '=', id)
    .executeTakeFirst()
  if (person === undefined || row === undefined)
    throw new Refusal('not-found', `there is nobody with the id ${id} in the site`)
  const credentials = await queries
    .selectFrom('credential')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', scope)
    .where('person', '=', id)
    .where('current', '=', true)
    .orderBy('credential')
    .execute()
  return { id, person, reference: row.reference, credentials }
}

/** A credential of the site in force by its id in the site file. Refuses with `not-found`. */
export async function findCredential(
  core: Core,
  credential: string,
  queries: Queries = core.storage.queries,
): Promise<CredentialRow> {
  const { tenant, site } = core.storage.scope
  const row = await queries
    .selectFrom('credential')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('credential', '=', credential)
    .where('current', '=', true)
    .executeTakeFirst()
  if (row === undefined) throw new Refusal('not-found', `there is no credential ${credential} in the site`)
  return row
}

/** A credential by its pseudonym; undefined for an unknown one. */
export async function credentialOf(
  core: Core,
  pseudonym: Uint8Array,
  queries: Queries = core.storage.queries,
): Promise<CredentialRow | undefined> {
  const { tenant, site } = core.storage.scope
  return queries
    .selectFrom('credential')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('pseudonym', '=', pseudonym)
    .where('current', '=', true)
    .executeTakeFirst()
}

/** Key groups of the site in which somebody has any right, by their ids. Until rules are sorted by group: all. */
export function keyGroupsOf(site: SiteInForce): readonly string[] {
  const groups = new Set(Object.values(site.model.modules).map(({ keyGroup }) => keyGroup))
  return [...groups]
}
