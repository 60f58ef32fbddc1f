/** The database's word on which key groups have keys: what a key store says alone cannot tell lost from never made (R18). */
import { toHex } from '@edgeward/base'
import type { Kysely } from 'kysely'
import type { Scoped, Tables } from '../storage/tables.ts'

/** Which key groups have keys, by party id. */
export interface GroupMemory {
  all(): Promise<readonly Uint8Array[]>
  has(party: Uint8Array): Promise<boolean>
  /** To be called once the keys are in the store; durable when it resolves. */
  remember(party: Uint8Array): Promise<void>
}

/** The memory of a site. What is remembered never ceases to be so, hence it is looked up once. */
export function groupMemory(queries: Kysely<Tables>, scope: Scoped, now: () => number): GroupMemory {
  const known = new Set<string>()
  const has: GroupMemory['has'] = async party => {
    if (known.has(toHex(party))) return true
    const row = await queries
      .selectFrom('key_group')
      .select('party')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('party', '=', party)
      .executeTakeFirst()
    if (row !== undefined) known.add(toHex(party))
    return row !== undefined
  }
  return {
    has,
    async all() {
      const rows = await queries
        .selectFrom('key_group')
        .select('party')
        .where('tenant', '=', scope.tenant)
        .where('site', '=', scope.site)
        .execute()
      const older = await groupsOfPins(queries, scope)
      const parties = [...rows.map(({ party }) => Uint8Array.from(party)), ...older]
      return [...new Map(parties.map(party => [toHex(party), party])).values()]
    },
    async remember(party) {
      if (await has(party)) return
      await queries
        .insertInto('key_group')
        .values({ ...scope, party, made_at: now() })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      known.add(toHex(party))
    },
  }
}

/** Groups whose keys were made before the database wrote that down: somebody has a PIN under them. */
async function groupsOfPins(queries: Kysely<Tables>, { tenant, site }: Scoped): Promise<readonly Uint8Array[]> {
  const rows = await queries
    .selectFrom('pin')
    .select('key_group')
    .distinct()
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .execute()
  return rows.map(({ key_group: party }) => Uint8Array.from(party))
}
