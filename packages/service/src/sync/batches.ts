/** Audit batches of modules: verified, taken in once each, holes seen and asked for again. log.md §5, envelope.md §5 */
import { createHash } from 'node:crypto'
import { bytesEqual, toHex } from '@edgeward/base'
import { type AuditRecord, decodeRecord } from '@edgeward/domain'
import { type AuditBatch, batchFault, batchHeads, chainStart, commitment, type Opening } from '@edgeward/keystore/seal'
import { append, committedFields, type PlacedRecord } from '../audit/append.ts'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'
import { type ModuleRow, moduleKey, type Peer } from './peers.ts'

/** Records looked through for the next hole in one go. */
const lookAhead = 5_000

/** What became of a batch. */
export type BatchOutcome =
  | { readonly result: 'done'; readonly complete: number; readonly added: number }
  /** Not evidence, or it contradicts what is here already: an alarm. */
  | { readonly result: 'refused'; readonly complete: number; readonly why: string }

/** Takes in a batch that was opened. Idempotent by record number. */
export async function receiveBatch(core: Core, peer: Peer, batch: AuditBatch): Promise<BatchOutcome> {
  const { row } = peer
  if (batch.chainEpoch < row.chain_epoch) return refused(row, 'chain-epoch-went-back')
  const headBefore = await knownHead(core, peer, batch.chainEpoch, batch.first - 1)
  const fault = await batchFault(core.keyStore, batch, {
    module: peer.party,
    key: await moduleKey(core, peer, 'audit-mac'),
    identity: peer.identity,
    ...(headBefore !== undefined && { headBefore }),
  })
  if (fault !== undefined) return refused(row, `batch-${fault}`)
  const placed = place(batch)
  if (placed === undefined) return refused(row, 'record-malformed')
  const outcome = await core.storage.transaction(queries => store(core, queries, { peer, batch, placed }))
  if (outcome.result === 'done' && outcome.added > 0) core.feed.added()
  return outcome
}

function refused({ complete_record: complete }: ModuleRow, why: string): BatchOutcome {
  return { result: 'refused', complete, why }
}

/** Head after a record that is here, or the start of the chain; undefined: there is a hole before it. */
async function knownHead(
  core: Core,
  { party }: Peer,
  chainEpoch: number,
  number: number,
): Promise<Uint8Array | undefined> {
  if (number === 0) return chainStart({ module: party, chainEpoch })
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('record')
    .select('head')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', party)
    .where('chain_epoch', '=', chainEpoch)
    .where('number', '=', number)
    .executeTakeFirst()
  return row?.head
}

/** Each record with its number, head and the openings of its commitments; undefined when one cannot be read. */
function place(batch: AuditBatch): readonly PlacedRecord[] | undefined {
  const heads = batchHeads(batch)
  const openings = new Map((batch.openings ?? []).map(opening => [toHex(commitment(opening)), opening]))
  const placed: PlacedRecord[] = []
  for (const [i, record] of batch.records.entries()) {
    const decoded = decode(record)
    if (decoded === undefined) return undefined
    const head = heads[i] as Uint8Array
    placed.push({ number: batch.first + i, record, decoded, head, openings: openingsOf(decoded, openings) })
  }
  return placed
}

function openingsOf(record: AuditRecord, openings: ReadonlyMap<string, Opening>): readonly Opening[] {
  return committedFields.flatMap(field => {
    const value = record[field]
    const opening = value === undefined ? undefined : openings.get(toHex(value))
    return opening?.field === field ? [opening] : []
  })
}

function decode(bytes: Uint8Array): AuditRecord | undefined {
  try {
    return decodeRecord(bytes)
  } catch (error) {
    if (error instanceof Error && error.name === 'RecordError') return undefined
    throw error
  }
}

interface ToStore {
  readonly peer: Peer
  readonly batch: AuditBatch
  readonly placed: readonly PlacedRecord[]
}

async function store(core: Core, queries: Queries, { peer, batch, placed }: ToStore): Promise<BatchOutcome> {
  const row = await lockModule(core, queries, peer.module)
  if (batch.chainEpoch < row.chain_epoch) return refused(row, 'chain-epoch-went-back')
  const here = await recordsHere(core, queries, { peer, batch })
  for (const { number, record } of placed) {
    const digest = here.get(number)
    if (digest !== undefined && !bytesEqual(digest, sha256(record))) return refused(row, 'record-altered')
  }
  const after = await headBeforeOf(core, queries, { peer, batch })
  const last = placed.at(-1)
  if (after !== undefined && last !== undefined && !bytesEqual(after, last.head)) return refused(row, 'chain-broken')
  const fresh = placed.filter(({ number }) => !here.has(number))
  if (fresh.length > 0) {
    await append(queries, core.storage.scope, {
      source: peer.party,
      module: peer.module,
      chainEpoch: batch.chainEpoch,
      receivedAt: core.clock.now(),
      records: fresh,
      ...(batch.evidence && {
        signature: {
          first: batch.first,
          last: batch.last,
          head: batch.evidence.head,
          signature: batch.evidence.signature,
        },
      }),
    })
  }
  const complete = await noteProgress(core, queries, { row, peer, batch })
  return { result: 'done', complete, added: fresh.length }
}

async function lockModule(core: Core, queries: Queries, module: string): Promise<ModuleRow> {
  const { scope } = core.storage
  return queries
    .selectFrom('module')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

async function recordsHere(
  core: Core,
  queries: Queries,
  { peer, batch }: Pick<ToStore, 'peer' | 'batch'>,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('record')
    .select(['number', 'record_digest'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', peer.party)
    .where('chain_epoch', '=', batch.chainEpoch)
    .where('number', '>=', batch.first)
    .where('number', '<=', batch.last)
    .execute()
  return new Map(rows.map(row => [row.number, row.record_digest]))
}

/**
 * If the record behind the batch is here already (the batch fills a hole), the head that it was made on. It is
 * recomputed by whoever verifies; here the batch must end in a head from which that record follows.
 */
async function headBeforeOf(
  core: Core,
  queries: Queries,
  { peer, batch }: Pick<ToStore, 'peer' | 'batch'>,
): Promise<Uint8Array | undefined> {
  const { scope } = core.storage
  const next = await queries
    .selectFrom('record')
    .select(['head', 'record_digest'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', peer.party)
    .where('chain_epoch', '=', batch.chainEpoch)
    .where('number', '=', batch.last + 1)
    .executeTakeFirst()
  if (next === undefined) return undefined
  const own = batchHeads(batch).at(-1) as Uint8Array
  return bytesEqual(linkOf(own, batch.last + 1, next.record_digest), next.head) ? own : new Uint8Array()
}

/** head(i) from the digest of record i. log.md §5 */
function linkOf(before: Uint8Array, number: number, digest: Uint8Array): Uint8Array {
  const counted = new Uint8Array(8)
  new DataView(counted.buffer).setBigUint64(0, BigInt(number))
  return Uint8Array.from(
    createHash('sha256').update(Uint8Array.of(2)).update(before).update(counted).update(digest).digest(),
  )
}

/** Moves on the number up to which everything is here, and writes down the holes behind it. */
async function noteProgress(
  core: Core,
  queries: Queries,
  { row, peer, batch }: { readonly row: ModuleRow; readonly peer: Peer; readonly batch: AuditBatch },
): Promise<number> {
  const { scope } = core.storage
  const sameChain = batch.chainEpoch === row.chain_epoch
  const before = sameChain ? row.complete_record : 0
  const numbers = await queries
    .selectFrom('record')
    .select('number')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', peer.party)
    .where('chain_epoch', '=', batch.chainEpoch)
    .where('number', '>', before)
    .orderBy('number')
    .limit(lookAhead)
    .execute()
  const { complete, holes } = progressOf(
    before,
    numbers.map(({ number }) => number),
  )
  const announced = batch.evidence?.records ?? batch.last
  await queries
    .updateTable('module')
    .set({
      chain_epoch: batch.chainEpoch,
      complete_record: complete,
      last_record: Math.max(sameChain ? row.last_record : 0, batch.last, announced),
    })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .execute()
  await writeHoles(core, queries, { module: peer.module, chainEpoch: batch.chainEpoch, holes })
  return complete
}

/** Pure: how far the numbers go without a hole, and the holes between them. */
export function progressOf(
  before: number,
  numbers: readonly number[],
): { readonly complete: number; readonly holes: readonly { readonly first: number; readonly last: number }[] } {
  let complete = before
  const holes: { first: number; last: number }[] = []
  let previous = before
  for (const number of numbers) {
    if (number === complete + 1) complete = number
    if (number > previous + 1) holes.push({ first: previous + 1, last: number - 1 })
    previous = number
  }
  return { complete, holes }
}

async function writeHoles(
  core: Core,
  queries: Queries,
  {
    module,
    chainEpoch,
    holes,
  }: { readonly module: string; readonly chainEpoch: number; readonly holes: ReturnType<typeof progressOf>['holes'] },
): Promise<void> {
  const { scope } = core.storage
  const since = await queries
    .selectFrom('gap')
    .select(['first', 'last', 'since'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .where('chain_epoch', '=', chainEpoch)
    .execute()
  if (since.length > 0) {
    await queries
      .deleteFrom('gap')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', module)
      .where('chain_epoch', '=', chainEpoch)
      .execute()
  }
  if (holes.length === 0) return
  const now = core.clock.now()
  await queries
    .insertInto('gap')
    .values(
      holes.map(hole => ({
        ...scope,
        module,
        chain_epoch: chainEpoch,
        ...hole,
        since: since.find(({ first, last }) => first <= hole.first && last >= hole.last)?.since ?? now,
      })),
    )
    .execute()
}

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest())
}
