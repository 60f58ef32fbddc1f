import { ModuleError } from '../errors.ts'
import { type Database, integer } from './database.ts'

const version = 1

/** Tables of version 1. Instants are seconds since 1970. */
const tables = [
  // Single values: what the module is, counters.
  'CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT',
  // What was learnt at commissioning: settings, certificates.
  'CREATE TABLE trust (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
  'CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL) STRICT',
  // The decision's state (later revocations are in it) without what sensors say; the policy in force.
  'CREATE TABLE decision_state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL) STRICT',
  `CREATE TABLE bundle (id INTEGER PRIMARY KEY CHECK (id = 1), payload BLOB NOT NULL, epoch INTEGER NOT NULL,
     version INTEGER NOT NULL, site_digest BLOB NOT NULL) STRICT`,
  // Highest (key version, sequence) per key id and type, and what became of it. envelope.md §5
  `CREATE TABLE marks (key_id TEXT NOT NULL, type INTEGER NOT NULL, version INTEGER NOT NULL, sequence INTEGER NOT NULL,
     result INTEGER NOT NULL, PRIMARY KEY (key_id, type)) STRICT`,
  'CREATE TABLE sent (key_id TEXT NOT NULL, type INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (key_id, type)) STRICT',
  'CREATE TABLE commands_done (id BLOB PRIMARY KEY, not_after INTEGER NOT NULL, result INTEGER NOT NULL) STRICT',
  // What ends by itself, by the event that ends it.
  'CREATE TABLE endings (event TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) STRICT',
  `CREATE TABLE records (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL, head BLOB NOT NULL, mac BLOB,
     mac_late INTEGER NOT NULL DEFAULT 0, openings BLOB, acknowledged INTEGER NOT NULL DEFAULT 0) STRICT`,
  'CREATE INDEX records_without_mac ON records (number) WHERE mac IS NULL',
  // Permits whose outcome is not known yet.
  `CREATE TABLE orders (decision_id TEXT PRIMARY KEY, phase TEXT NOT NULL, json TEXT NOT NULL) STRICT`,
]

/** Makes or checks the tables. Throws a ModuleError `store-damaged` for a store of a newer version. */
export function prepareSchema(db: Database): void {
  const row = db.get('PRAGMA user_version')
  const found = row === undefined ? 0 : integer(row, 'user_version')
  if (found > version) {
    throw new ModuleError(
      'store-damaged',
      `the store has format ${found}; this program knows ${version}. Use a newer program.`,
    )
  }
  if (found === version) return
  db.transaction(() => {
    for (const sql of tables) db.run(sql)
    db.run(`PRAGMA user_version = ${version}`)
  })
}
