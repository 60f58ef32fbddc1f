import type { Database } from './database.ts'

/** Counters and switches that stand alone. */
export type Counter =
  /** Rises with each chain of records that this folder has begun. log.md §5 */
  | 'chainEpoch'
  /** Rises as R4 says; in a secure element where there is one. */
  | 'evidenceCounter'
  | 'lastRecord'
  | 'lastAcknowledged'
  /** `issued` of the newest acknowledgement of records. */
  | 'acknowledgedAt'
  | 'revocationVersion'
  | 'keyPackageVersion'
  /** Sequence of the first key package. envelope.md §8 */
  | 'firstKeySequence'
  /** `issued` of the newest envelope with which the module caught up with the service. site.md §7 */
  | 'lastContact'
  | 'highestEpochSeen'
  | 'refusedEnvelopes'
  /** One more than the last record before the one that says that the disk is full; 0: the records say that it has room. */
  | 'diskFullAt'
  /** 1 while the records say that there is little room for more of them. */
  | 'fewRecordsFree'
  /** 1 while a decommissioned module still has keys. */
  | 'wiping'

/** A counter's value; 0 when it was never set. */
export function counter(db: Database, name: Counter): number {
  const value = db.get('SELECT value FROM meta WHERE name = ?', name)?.value
  return typeof value === 'number' ? value : 0
}

export function setCounter(db: Database, name: Counter, value: number): void {
  db.run(
    'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    value,
  )
}

/** Adds one and gives the new value. */
export function advance(db: Database, name: Counter): number {
  const value = counter(db, name) + 1
  setCounter(db, name, value)
  return value
}
