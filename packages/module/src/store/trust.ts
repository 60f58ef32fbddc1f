import { bytes, type Database } from './database.ts'

/**
 * What a module learns at its commissioning and believes from then on. `request` is what it told the installer,
 * `pending` a package that was accepted and is not yet wholly in force.
 */
export type TrustName = 'request' | 'pending' | 'settings' | 'identityCertificate' | 'readerCertificate' | 'lastHead'

export function trusted(db: Database, name: TrustName): Uint8Array | undefined {
  const row = db.get('SELECT bytes FROM trust WHERE name = ?', name)
  return row && bytes(row, 'bytes')
}

export function trust(db: Database, name: TrustName, value: Uint8Array): void {
  db.run(
    'INSERT INTO trust (name, bytes) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes',
    name,
    value,
  )
}

export function distrust(db: Database, name: TrustName): void {
  db.run('DELETE FROM trust WHERE name = ?', name)
}
