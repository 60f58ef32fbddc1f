/**
 * The module's chain of records. A record is appended inside the transaction of what it tells about; its MAC is made
 * afterwards, since a secure element takes its time (log.md §5).
 */

import { type AuditRecord, encodeRecord } from '@edgeward/domain'
import type { KeyHandle, KeyStore } from '@edgeward/keystore'
import { chainNext, chainStart, type Opening, recordMac } from '@edgeward/keystore/seal'
import { faultPoint } from '#fault-points'
import { ModuleError } from '../errors.ts'
import { SerialQueue } from '../serial-queue.ts'
import type { Database } from '../store/database.ts'
import { advance, counter } from '../store/meta.ts'
import { freeRecords, insertRecord, readRecord, recordsWithoutMac, setMac } from '../store/records.ts'
import { encodeOpenings } from './openings.ts'

/** Records whose MAC is made in one go. */
const macsAtOnce = 100
/** The evidence counter advances at the latest after so many records (R4). */
const recordsPerCount = 16

export interface JournalOptions {
  readonly db: Database
  readonly keyStore: KeyStore
  readonly macKey: KeyHandle
  /** Party id of the module, 8 bytes. */
  readonly party: Uint8Array
  readonly chainEpoch: number
}

export interface AppendOptions {
  /** One of the records after which the evidence counter advances at once. */
  readonly counts?: boolean
  /** How much room must be left behind it: a decision leaves room for its outcome. */
  readonly leave?: number
}

export class Journal {
  readonly party: Uint8Array
  readonly chainEpoch: number
  readonly #db: Database
  readonly #keyStore: KeyStore
  readonly #macKey: KeyHandle
  readonly #making = new SerialQueue()
  #hasEnded = false

  constructor({ db, keyStore, macKey, party, chainEpoch }: JournalOptions) {
    this.#db = db
    this.#keyStore = keyStore
    this.#macKey = macKey
    this.party = party
    this.chainEpoch = chainEpoch
  }

  /** Appends a record and gives its number, inside the caller's transaction. Throws a ModuleError `store-full` or `stopped`. */
  append(
    record: AuditRecord,
    openings: readonly Opening[] = [],
    { counts = false, leave = 0 }: AppendOptions = {},
  ): number {
    if (this.#hasEnded) throw new ModuleError('stopped', 'this chain of records has ended')
    if (freeRecords(this.#db) <= leave) {
      throw new ModuleError('store-full', 'no room for another record until the service has acknowledged some')
    }
    const number = counter(this.#db, 'lastRecord') + 1
    const bytes = encodeRecord(record)
    insertRecord(this.#db, {
      number,
      bytes,
      head: chainNext(this.headBefore(number), number, bytes),
      ...(openings.length > 0 ? { openings: encodeOpenings(openings) } : {}),
    })
    if (counts || number % recordsPerCount === 0) advance(this.#db, 'evidenceCounter')
    return number
  }

  /** The head before a record that is kept, or the next one. */
  headBefore(number: number): Uint8Array {
    return number === 1 ? chainStart({ module: this.party, chainEpoch: this.chainEpoch }) : this.#headOf(number - 1)
  }

  /** The newest record's number and the head after it. */
  last(): { readonly number: number; readonly head: Uint8Array } {
    const number = counter(this.#db, 'lastRecord')
    return { number, head: this.headBefore(number + 1) }
  }

  /** Makes the MACs that are missing. `late`: at start, for records that a crash had left without. */
  async makeMacs(options: { late?: boolean } = {}): Promise<void> {
    if (this.#hasEnded) return
    await this.#making.run(() => this.#makeMacs(options))
  }

  /** Makes the MACs that are missing, and takes nothing afterwards: the store is about to be closed or emptied. */
  async end(): Promise<void> {
    await this.makeMacs()
    this.#hasEnded = true
  }

  async #makeMacs({ late = false }: { late?: boolean } = {}): Promise<void> {
    for (let rows = this.#withoutMac(); rows.length > 0; rows = this.#withoutMac()) {
      const macs = await Promise.all(rows.map(({ head }) => recordMac(this.#keyStore, this.#macKey, head)))
      faultPoint('macs-made')
      this.#db.transaction(() => {
        for (const [i, { number }] of rows.entries()) setMac(this.#db, number, macs[i] as Uint8Array, late)
      })
      faultPoint('macs-committed')
    }
  }

  #withoutMac(): ReturnType<typeof recordsWithoutMac> {
    return recordsWithoutMac(this.#db, macsAtOnce)
  }

  #headOf(number: number): Uint8Array {
    const row = readRecord(this.#db, number)
    if (row === undefined) throw new ModuleError('store-damaged', `record ${number} is missing`)
    return row.head
  }
}
