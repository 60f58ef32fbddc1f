/** Records in the store of a module that does not run, as that many taps would have left them. */
import { toHex } from '@edgeward/base'
import { decodeRecord, encodeRecord } from '@edgeward/domain'
import { chainNext } from '@edgeward/keystore/seal'
import { type Database, openLibsql, type Row } from '@edgeward/module'

/** Adds copies of the newest tap's records, each pair with a decision of its own. Gives the bytes of all records. */
export async function leaveRecords(store: string, count: number): Promise<number> {
  const db = await openLibsql(store)
  try {
    return db.transaction(() => copyTap(db, count))
  } finally {
    db.close()
  }
}

function copyTap(db: Database, count: number): number {
  const rows = db.all('SELECT number, bytes, head, openings FROM records ORDER BY number DESC LIMIT 2')
  const [outcome, decision] = rows
  if (outcome === undefined || decision === undefined) throw new Error('there is no tap to copy')
  let number = numberOf(outcome)
  let head = blobOf(outcome, 'head')
  let total = 0
  for (let i = 0; i < count; i++) {
    const source = i % 2 === 0 ? decision : outcome
    const decisionId = toHex(Uint8Array.of(i >> 17, i >> 9, i >> 1))
      .toUpperCase()
      .padStart(10, '0')
    const bytes = encodeRecord({ ...decodeRecord(blobOf(source, 'bytes')), decisionId })
    number += 1
    head = chainNext(head, number, bytes)
    const openings = source.openings ?? null
    db.run('INSERT INTO records (number, bytes, head, openings) VALUES (?, ?, ?, ?)', number, bytes, head, openings)
    total += bytes.length
  }
  db.run("UPDATE meta SET value = ? WHERE name = 'lastRecord'", number)
  return total
}

function numberOf({ number }: Row): number {
  return Number(number)
}

function blobOf(row: Row, column: 'bytes' | 'head'): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} holds no bytes`)
  return value
}
