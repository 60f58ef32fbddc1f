/** How far a receiver has come, and how far a sender: envelope.md §5. */
import { bigInteger, type Database, integer } from './database.ts'

/** The highest (key version, sequence) that took effect, and with what result (see `results` in sync). */
export interface Mark {
  readonly version: number
  readonly sequence: bigint
  readonly result: number
}

/** The mark of a key (hex id) and type; undefined: nothing came yet. */
export function readMark(db: Database, keyId: string, type: number): Mark | undefined {
  const row = db.get('SELECT version, sequence, result FROM marks WHERE key_id = ? AND type = ?', keyId, type)
  return (
    row && { version: integer(row, 'version'), sequence: bigInteger(row, 'sequence'), result: integer(row, 'result') }
  )
}

/** Sets the mark, in the transaction of the effect. */
export function writeMark(db: Database, keyId: string, type: number, { version, sequence, result }: Mark): void {
  db.run(
    `INSERT INTO marks (key_id, type, version, sequence, result) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key_id, type) DO UPDATE SET version = excluded.version, sequence = excluded.sequence, result = excluded.result`,
    keyId,
    type,
    version,
    sequence,
    result,
  )
}

/** All marks: type to the pair; of several keys the one that is listed last. For `highest` in health. */
export function listMarks(db: Database): ReadonlyMap<number, Mark> {
  const rows = db.all('SELECT type, version, sequence, result FROM marks ORDER BY key_id')
  return new Map(
    rows.map(row => [
      integer(row, 'type'),
      { version: integer(row, 'version'), sequence: bigInteger(row, 'sequence'), result: integer(row, 'result') },
    ]),
  )
}

/**
 * The next sequence number to send with, durable when it returns: a number is lost by a crash and never used twice.
 * A transaction of its own.
 */
export function takeSequence(db: Database, keyId: string, type: number): bigint {
  return db.transaction(() => {
    const row = db.get('SELECT sequence FROM sent WHERE key_id = ? AND type = ?', keyId, type)
    const sequence = row === undefined ? 1n : bigInteger(row, 'sequence') + 1n
    db.run(
      `INSERT INTO sent (key_id, type, sequence) VALUES (?, ?, ?)
       ON CONFLICT (key_id, type) DO UPDATE SET sequence = excluded.sequence`,
      keyId,
      type,
      sequence,
    )
    return sequence
  })
}
