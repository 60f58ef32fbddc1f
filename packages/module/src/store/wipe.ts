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
