/** The policy in force: the bundle's payload as it came, and the revocations that came after it. */
import { bytes, type Database, integer } from './database.ts'

export interface StoredBundle {
  readonly payload: Uint8Array
  readonly epoch: number
  readonly version: number
  /** SHA-256 of the site file that it was made from. */
  readonly siteDigest: Uint8Array
}

export function readBundle(db: Database): StoredBundle | undefined {
  const row = db.get('SELECT payload, epoch, version, site_digest FROM bundle')
  return (
    row && {
      payload: bytes(row, 'payload'),
      epoch: integer(row, 'epoch'),
      version: integer(row, 'version'),
      siteDigest: bytes(row, 'site_digest'),
    }
  )
}

export function writeBundle(db: Database, { payload, epoch, version, siteDigest }: StoredBundle): void {
  db.run(
    'INSERT OR REPLACE INTO bundle (id, payload, epoch, version, site_digest) VALUES (1, ?, ?, ?, ?)',
    payload,
    epoch,
    version,
    siteDigest,
  )
}

/** The decision's state as JSON; undefined before the first bundle. */
export function readState(db: Database): string | undefined {
  const row = db.get('SELECT json FROM decision_state')
  return row && String(row.json)
}

export function writeState(db: Database, json: string): void {
  db.run('INSERT OR REPLACE INTO decision_state (id, json) VALUES (1, ?)', json)
}
