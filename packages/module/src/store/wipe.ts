import type { Database } from './database.ts'
import { counter, setCounter } from './meta.ts'
import { trust } from './trust.ts'

const tables = [
  'trust',
  'clock',
  'decision_state',
  'bundle',
  'marks',
  'sent',
  'commands_done',
  'endings',
  'records',
  'orders',
  'meta',
]

/** Takes what was wiped out of the write-ahead log, too. Outside of transactions; doing it again is no error. */
export function leaveNoTrace(db: Database): void {
  db.all('PRAGMA wal_checkpoint(TRUNCATE)')
}

/**
 * Empties the store, but for what a later life must know: how many chains there were, and the last head of this one.
 * `wiping` stays until the keys are gone too. Inside a transaction.
 */
export function wipe(db: Database, lastHead: Uint8Array): void {
  const chainEpoch = counter(db, 'chainEpoch')
  for (const table of tables) db.run(`DELETE FROM ${table}`)
  setCounter(db, 'chainEpoch', chainEpoch)
  setCounter(db, 'wiping', 1)
  trust(db, 'lastHead', lastHead)
}
