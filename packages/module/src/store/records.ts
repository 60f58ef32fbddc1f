/** The rows of the chain of records. What the chain means stands in record/. */
import { bytes, type Database, integer, type Row } from './database.ts'
import { counter, setCounter } from './meta.ts'

/** Records that are not acknowledged and are kept for that; threat-model.md §8. */
export const recordCapacity = 100_000
/** Records that a full disk takes: no more than half of the reserve holds, for an outcome must not stand behind denials. */
export const recordsOnReserve = 1_000
/** Acknowledged records that are kept all the same, so that a service that was restored can ask for them again. */
export const keptAcknowledged = 10_000

export interface RecordRow {
  readonly number: number
  readonly bytes: Uint8Array
  readonly head: Uint8Array
  readonly mac?: Uint8Array
  readonly macLate: boolean
  readonly openings?: Uint8Array
}

export function insertRecord(db: Database, row: Omit<RecordRow, 'mac' | 'macLate'>): void {
  db.run(
    'INSERT INTO records (number, bytes, head, openings) VALUES (?, ?, ?, ?)',
    row.number,
    row.bytes,
    row.head,
    row.openings ?? null,
  )
  setCounter(db, 'lastRecord', row.number)
}

export function readRecord(db: Database, number: number): RecordRow | undefined {
  const row = db.get('SELECT * FROM records WHERE number = ?', number)
  return row && toRecord(row)
}

/** At most `limit` records from a number on, in order. */
export function readRecords(db: Database, first: number, limit: number): readonly RecordRow[] {
  return db.all('SELECT * FROM records WHERE number >= ? ORDER BY number LIMIT ?', first, limit).map(toRecord)
}

/** At most `limit` records that have no MAC yet, oldest first. */
export function recordsWithoutMac(db: Database, limit: number): readonly RecordRow[] {
  return db.all('SELECT * FROM records WHERE mac IS NULL ORDER BY number LIMIT ?', limit).map(toRecord)
}

export function setMac(db: Database, number: number, mac: Uint8Array, late: boolean): void {
  db.run('UPDATE records SET mac = ?, mac_late = ? WHERE number = ?', mac, late ? 1 : 0, number)
}

/**
 * The service has all records up to a number, and no more: later ones count as not acknowledged again (a service that
 * was restored asks so), and what is no longer needed makes room. What is not kept any more cannot be sent again: then
 * it goes on from the oldest record that is.
 */
export function acknowledgeRecords(db: Database, said: number): void {
  const upTo = Math.max(said, oldestToGoOnFrom(db))
  // Only those between then and now: a service that has been away finds a hundred thousand of them.
  const before = counter(db, 'lastAcknowledged')
  const [low, high] = upTo < before ? [upTo, before] : [before, upTo]
  db.run('UPDATE records SET acknowledged = (number <= ?) WHERE number > ? AND number <= ?', upTo, low, high)
  db.run('DELETE FROM records WHERE number <= ?', upTo - keptAcknowledged)
  setCounter(db, 'lastAcknowledged', upTo)
}

/** The least number behind which the chain can be shown: its head must be there. */
function oldestToGoOnFrom(db: Database): number {
  const row = db.get('SELECT number FROM records ORDER BY number LIMIT 1')
  const oldest = row === undefined ? counter(db, 'lastRecord') : integer(row, 'number')
  return oldest === 1 ? 0 : oldest
}

/** How many more records there is room for; on a full disk, on the reserve. */
export function freeRecords(db: Database): number {
  const last = counter(db, 'lastRecord')
  const free = recordCapacity - (last - counter(db, 'lastAcknowledged'))
  const diskFullAt = counter(db, 'diskFullAt')
  return Math.max(0, diskFullAt === 0 ? free : Math.min(free, diskFullAt + recordsOnReserve - last))
}

function toRecord(row: Row): RecordRow {
  return {
    number: integer(row, 'number'),
    bytes: bytes(row, 'bytes'),
    head: bytes(row, 'head'),
    macLate: integer(row, 'mac_late') === 1,
    ...(row.mac === null ? {} : { mac: bytes(row, 'mac') }),
    ...(row.openings === null ? {} : { openings: bytes(row, 'openings') }),
  }
}
