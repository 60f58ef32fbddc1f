/** Records in the store of a module that does not run, as a long time without the service leaves them. */
import { join } from 'node:path'
import { type AuditRecord, encodeRecord } from '@edgeward/domain'
import { chainNext } from '@edgeward/keystore/seal'
import { openLibsql } from '@edgeward/module'

/** Adds records to a module's chain; gives the number of the last. */
export async function leaveRecords(folder: string, count: number): Promise<number> {
  const db = await openLibsql(join(folder, 'store.db'))
  try {
    return db.transaction(() => {
      const newest = db.get('SELECT number, head FROM records ORDER BY number DESC LIMIT 1')
      let number = Number(newest?.number)
      let head = newest?.head as Uint8Array
      for (let i = 0; i < count; i++) {
        const record: AuditRecord = {
          kind: 'module',
          at: 1_800_000_000 + i,
          clockQuality: 'synchronised',
          simulated: true,
          event: 'started',
          detail: { left: String(i) },
        }
        const bytes = encodeRecord(record)
        number += 1
        head = chainNext(head, number, bytes)
        db.run('INSERT INTO records (number, bytes, head) VALUES (?, ?, ?)', number, bytes, head)
      }
      db.run("UPDATE meta SET value = ? WHERE name = 'lastRecord'", number)
      return number
    })
  } finally {
    db.close()
  }
}
