/** Entries of the log, in the order of arrival; and the decoded rows beside them. log.md §5 */
import { createHash } from 'node:crypto'
import { type AuditRecord, decodeRecord } from '@edgeward/domain'
import { batchLeafBytes, leafBytes, type Opening } from '@edgeward/keystore/seal'
import { sql } from 'kysely'
import type { Queries, Scoped } from '../storage/storage.ts'

/** Fields of a record that are commitments. */
export const committedFields = ['credential', 'person', 'with', 'position'] as const
export type CommittedField = (typeof committedFields)[number]

/** A record with its place in its chain. */
export interface PlacedRecord {
  readonly number: number
  readonly record: Uint8Array
  /** Head of the chain after it. */
  readonly head: Uint8Array
  readonly openings: readonly Opening[]
}

/** Records of one chain that have arrived together. */
export interface Arrival {
  /** Party id of whoever made them. */
  readonly source: Uint8Array
  /** Its name: a module's id, or `service`. */
  readonly module: string
  readonly chainEpoch: number
  readonly receivedAt: number
  readonly records: readonly PlacedRecord[]
  /** The module's signature over the batch; undefined for the service's own records. */
  readonly signature?: {
    readonly first: number
    readonly last: number
    readonly head: Uint8Array
    readonly signature: Uint8Array
  }
}

/**
 * Appends records and the batch's signature. Inside the caller's transaction; whoever appends waits for whoever did
 * before, so that an index is visible only when all smaller ones are (the stream's cursor rests on it).
 */
export async function append(queries: Queries, scope: Scoped, arrival: Arrival): Promise<void> {
  await lockLog(queries, scope)
  let index = await nextIndex(queries, scope)
  const { source: module, chainEpoch, signature } = arrival
  const leaves: { index: number; leaf: Uint8Array }[] = []
  const rows: ReturnType<typeof rowOf>[] = []
  const openings: { index: number; field: string; salt: Uint8Array; value: Uint8Array }[] = []
  for (const placed of arrival.records) {
    const { number, record, head } = placed
    leaves.push({ index, leaf: leafBytes({ module, chainEpoch, number, record, head }) })
    rows.push(rowOf(arrival, placed, index))
    openings.push(...placed.openings.map(({ field, salt, value }) => ({ index, field, salt, value })))
    index += 1
  }
  if (signature !== undefined) leaves.push({ index, leaf: batchLeafBytes({ module, chainEpoch, ...signature }) })
  await insertAll(leaves, chunk =>
    queries
      .insertInto('leaf')
      .values(chunk.map(row => ({ ...scope, ...row })))
      .execute(),
  )
  await insertAll(rows, chunk =>
    queries
      .insertInto('record')
      .values(chunk.map(row => ({ ...scope, ...row })))
      .execute(),
  )
  await insertAll(openings, chunk =>
    queries
      .insertInto('opening')
      .values(chunk.map(row => ({ ...scope, ...row })))
      .execute(),
  )
}

/** PostgreSQL takes 65,535 parameters a statement. */
const rowsAStatement = 500

async function insertAll<Row>(
  rows: readonly Row[],
  insert: (chunk: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < rows.length; i += rowsAStatement) await insert(rows.slice(i, i + rowsAStatement))
}

async function lockLog(queries: Queries, { site }: Scoped): Promise<void> {
  const key = Buffer.from(site).readBigInt64BE(0).toString()
  await sql`select pg_advisory_xact_lock(${key}::bigint)`.execute(queries)
}

async function nextIndex(queries: Queries, { tenant, site }: Scoped): Promise<number> {
  const last = await queries
    .selectFrom('leaf')
    .select(({ fn }) => fn.max('index').as('index'))
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .executeTakeFirst()
  // Cursors begin at 1: 0 is "before everything".
  return (last?.index ?? 0) + 1
}

/** The columns by which records are looked for. */
function rowOf({ source, module, chainEpoch, receivedAt, signature }: Arrival, placed: PlacedRecord, index: number) {
  const decoded: AuditRecord = decodeRecord(placed.record)
  return {
    index,
    source,
    module,
    chain_epoch: chainEpoch,
    number: placed.number,
    record_digest: sha256(placed.record),
    head: placed.head,
    signed: signature !== undefined,
    received_at: receivedAt,
    at: decoded.at * 1000,
    kind: decoded.kind,
    clock_quality: decoded.clockQuality,
    simulated: decoded.simulated,
    decision_id: decoded.decisionId ?? null,
    asset: decoded.asset ?? null,
    decision: decoded.decision ?? null,
    record: placed.record,
  }
}

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest())
}
