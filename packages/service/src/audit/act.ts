/** The service's own records: one for every act, in the transaction of what it does, before the answer (T63). */
import { type AuditRecord, encodeRecord } from '@edgeward/domain'
import { chainNext, chainStart, commitment, type Opening, saltBytes } from '@edgeward/keystore/seal'
import type { Actor } from '../actor.ts'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import type { Queries } from '../storage/storage.ts'
import { append, type CommittedField } from './append.ts'

/** What was done. `detail` becomes part of the log for ever: no name, no id of a person in it. */
export interface Act {
  readonly actor: Actor
  /** One stable word, listed in the README. */
  readonly event: string
  readonly detail?: Readonly<Record<string, string>>
  /** Whom it concerns: reference of the person (16 bytes), pseudonym of the credential (8). */
  readonly person?: Uint8Array | undefined
  readonly credential?: Uint8Array | undefined
}

/** How the service is called where a module's id stands. */
export const serviceName = 'service'
/** Of a service that was never restored. */
const firstChainEpoch = 1

/** Appends the record of an act to the service's chain. Inside the caller's transaction. */
export async function recordAct(core: Core, queries: Queries, act: Act): Promise<void> {
  const { scope } = core.storage
  const source = core.roots.service
  const { chain_epoch: chainEpoch, number, head } = await lastOf(core, queries)
  const { record, decoded, openings } = recordOf(core, act)
  const next = { number: number + 1, record, decoded, head: chainNext(head, number + 1, record), openings }
  await append(queries, scope, {
    source,
    module: serviceName,
    chainEpoch,
    receivedAt: core.clock.now(),
    records: [next],
  })
  await queries
    .updateTable('chain')
    .set({ number: next.number, head: next.head })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', source)
    .execute()
}

/** The end of the chain, locked until the transaction ends. */
async function lastOf(
  core: Core,
  queries: Queries,
): Promise<{ chain_epoch: number; number: number; head: Uint8Array }> {
  const { scope } = core.storage
  const source = core.roots.service
  const start = { number: 0, head: chainStart({ module: source, chainEpoch: firstChainEpoch }) }
  await queries
    .insertInto('chain')
    .values({ ...scope, source, chain_epoch: firstChainEpoch, ...start })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  return queries
    .selectFrom('chain')
    .select(['chain_epoch', 'number', 'head'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', source)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/**
 * An administrator stands in the field `with` as a commitment; an operator of the machine is no person that the service
 * knows, and stands in the detail.
 */
function recordOf(
  core: Core,
  { actor, event, detail = {}, person, credential }: Act,
): { record: Uint8Array; decoded: AuditRecord; openings: Opening[] } {
  const values: Partial<Record<CommittedField, Uint8Array>> = {
    ...(person !== undefined && { person }),
    ...(credential !== undefined && { credential }),
    ...(actor.kind === 'administrator' && { with: actor.reference }),
  }
  const openings = Object.entries(values).map(([field, value]) => ({
    field,
    value,
    salt: core.random.bytes(saltBytes),
  }))
  const record: AuditRecord = {
    kind: 'configuration',
    at: seconds(core.clock.now()),
    clockQuality: 'synchronised',
    simulated: core.simulated,
    event,
    detail: { ...detail, actor: actor.kind === 'operator' ? actor.name : actor.kind },
    ...Object.fromEntries(openings.map(opening => [opening.field, commitment(opening)])),
  }
  return { record: encodeRecord(record), decoded: record, openings }
}
