/** Entries of the log, in the order of arrival; and the decoded rows beside them. log.md §5 */
import { createHash } from 'node:crypto'
import type { AuditRecord } from '@edgeward/domain'
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
  /** What its bytes say. */
  readonly decoded: AuditRecord
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
  const rows: { readonly index: number; readonly placed: PlacedRecord }[] = []
  const openings: { index: number; opening: Opening }[] = []
  for (const placed of arrival.records) {
    const { number, record, head } = placed
    leaves.push({ index, leaf: leafBytes({ module, chainEpoch, number, record, head }) })
    rows.push({ index, placed })
    for (const opening of placed.openings) openings.push({ index, opening })
    index += 1
  }
  if (signature !== undefined) leaves.push({ index, leaf: batchLeafBytes({ module, chainEpoch, ...signature }) })
  await insertLeaves(queries, scope, leaves)
  await insertRecords(queries, scope, arrival, rows)
  if (openings.length > 0) await insertOpenings(queries, scope, openings)
}

// Whole columns as arrays: a statement of a thousand rows costs little more than one of a single row.

async function insertLeaves(
  queries: Queries,
  { tenant, site }: Scoped,
  leaves: readonly { readonly index: number; readonly leaf: Uint8Array }[],
): Promise<void> {
  await sql`
    insert into leaf (tenant, site, index, leaf)
    select ${tenant}::bytea, ${site}::bytea, *
    from unnest(${leaves.map(({ index }) => index)}::bigint[], ${leaves.map(({ leaf }) => leaf)}::bytea[])`.execute(
    queries,
  )
}

/** The columns by which records are looked for. */
async function insertRecords(
  queries: Queries,
  { tenant, site }: Scoped,
  { source, module, chainEpoch, receivedAt, signature }: Arrival,
  rows: readonly { readonly index: number; readonly placed: PlacedRecord }[],
): Promise<void> {
  const column = <T>(value: (record: AuditRecord, placed: PlacedRecord, index: number) => T): T[] =>
    rows.map(({ index, placed }) => value(placed.decoded, placed, index))
  await sql`
    insert into record (tenant, site, source, module, chain_epoch, signed, received_at, index, number, record_digest, head,
      at, kind, clock_quality, simulated, decision_id, asset, decision, record)
    select ${tenant}::bytea, ${site}::bytea, ${source}::bytea, ${module}::text, ${chainEpoch}::bigint,
      ${signature !== undefined}::boolean, ${receivedAt}::bigint, *
    from unnest(
      ${column((_record, _placed, index) => index)}::bigint[],
      ${column((_record, { number }) => number)}::bigint[],
      ${column((_record, { record }) => sha256(record))}::bytea[],
      ${column((_record, { head }) => head)}::bytea[],
      ${column(({ at }) => at * 1000)}::bigint[],
      ${column(({ kind }) => kind)}::text[],
      ${column(({ clockQuality }) => clockQuality)}::text[],
      ${column(({ simulated }) => simulated)}::boolean[],
      ${column(({ decisionId }) => decisionId ?? null)}::text[],
      ${column(({ asset }) => asset ?? null)}::text[],
      ${column(({ decision }) => decision ?? null)}::text[],
      ${column((_record, { record }) => record)}::bytea[])`.execute(queries)
}

async function insertOpenings(
  queries: Queries,
  { tenant, site }: Scoped,
  openings: readonly { readonly index: number; readonly opening: Opening }[],
): Promise<void> {
  await sql`
    insert into opening (tenant, site, index, field, salt, value)
    select ${tenant}::bytea, ${site}::bytea, *
    from unnest(
      ${openings.map(({ index }) => index)}::bigint[],
      ${openings.map(({ opening }) => opening.field)}::text[],
      ${openings.map(({ opening }) => opening.salt)}::bytea[],
      ${openings.map(({ opening }) => opening.value)}::bytea[])`.execute(queries)
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

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest())
}
