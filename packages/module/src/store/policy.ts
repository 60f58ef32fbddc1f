/** The policy in force: the bundle's payload as it came, and the revocations that came after it. */
import { bytes, type Database, integer } from './database.ts'

export interface StoredBundle {
  readonly payload: Uint8Array
  readonly epoch: number
  readonly version: number
}

export function readBundle(db: Database): StoredBundle | undefined {
  const row = db.get('SELECT payload, epoch, version FROM bundle')
  return row && { payload: bytes(row, 'payload'), epoch: integer(row, 'epoch'), version: integer(row, 'version') }
}

export function writeBundle(db: Database, { payload, epoch, version }: StoredBundle): void {
  db.run('INSERT OR REPLACE INTO bundle (id, payload, epoch, version) VALUES (1, ?, ?, ?)', payload, epoch, version)
}

/** The decision's state as JSON; undefined before the first bundle. */
export function readState(db: Database): string | undefined {
  const row = db.get('SELECT json FROM decision_state')
  return row && String(row.json)
}

export function writeState(db: Database, json: string): void {
  db.run('INSERT OR REPLACE INTO decision_state (id, json) VALUES (1, ?)', json)
}
