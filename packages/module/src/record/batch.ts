/** Batches of records on their way to the service. envelope.md §3 */
import type { AuditBatch } from '@edgeward/keystore/seal'
import type { Database } from '../store/database.ts'
import { type RecordRow, readRecords } from '../store/records.ts'
import type { Journal } from './journal.ts'
import { decodeOpenings } from './openings.ts'

/** threat-model.md §8: records and bytes of a batch. */
export const maxBatchRecords: number = 1_000
export const maxBatchBytes: number = 256 * 1_024
/** What an opening and the frame of a record take at most beside the values that are counted. */
const openingFrameBytes = 64

/**
 * The next batch from a number on, without evidence; undefined when there is nothing. Every record in it has its MAC.
 * At least one record, however long.
 */
export function nextBatch(db: Database, journal: Journal, first: number): Omit<AuditBatch, 'evidence'> | undefined {
  const rows = fitting(readRecords(db, first, maxBatchRecords))
  const last = rows.at(-1)
  if (last?.mac === undefined) return undefined
  const openings = rows.flatMap(row => (row.openings === undefined ? [] : decodeOpenings(row.openings)))
  return {
    first: rows[0]?.number ?? first,
    last: last.number,
    headBefore: journal.headBefore(rows[0]?.number ?? first),
    records: rows.map(({ bytes }) => bytes),
    mac: last.mac,
    chainEpoch: journal.chainEpoch,
    ...(openings.length > 0 ? { openings } : {}),
  }
}

/** As many records as fit and have their MAC. */
function fitting(rows: readonly RecordRow[]): readonly RecordRow[] {
  let size = 0
  const end = rows.findIndex((row, i) => {
    size += row.bytes.length + (row.openings?.length ?? 0) + openingFrameBytes
    return row.mac === undefined || (i > 0 && size > maxBatchBytes)
  })
  return end < 0 ? rows : rows.slice(0, end)
}
