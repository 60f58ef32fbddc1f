/**
 * Stands before the store and sees when its disk is full: the reserve is given back and what was to be written is written
 * on it. From then on nothing is permitted, until there is so much room that the reserve can be set aside again.
 */
import { faultPoint } from '#fault-points'
import { ModuleError } from '../errors.ts'
import { describeError, type Log } from '../log.ts'
import type { Database, Row, SqlValue } from './database.ts'
import { isDiskFull, type Reserve } from './reserve.ts'

/** Pages of the write-ahead log after which it is emptied, while it must not grow. */
const pagesWhileFull = 64
/** SQLite's own. */
const pagesOtherwise = 1_000

export interface DiskGuardOptions {
  readonly db: Database
  readonly reserve: Reserve
  readonly log: Log
}

export class DiskGuard implements Database {
  /** Told after the disk became full or had room again; may come in the middle of anything. */
  onChange: () => void = () => undefined
  readonly #db: Database
  readonly #reserve: Reserve
  readonly #log: Log
  #isFull: boolean

  constructor({ db, reserve, log }: DiskGuardOptions) {
    this.#db = db
    this.#reserve = reserve
    this.#log = log
    this.#isFull = !this.#hold()
    if (this.#isFull) this.#keepSmall()
  }

  get state(): 'ok' | 'full' {
    return this.#isFull ? 'full' : 'ok'
  }

  /** Throws a ModuleError `disk-full` while nothing may be permitted. */
  mustHaveRoom(): void {
    if (this.#isFull) throw new ModuleError('disk-full', 'the disk is full: nothing is permitted until there is room')
  }

  /** Looks whether there is room again. Costs nothing while there is. */
  look(): void {
    if (!this.#isFull || !this.#hold()) return
    faultPoint('reserve-made')
    this.#isFull = false
    this.#db.all(`PRAGMA wal_autocheckpoint=${pagesOtherwise}`)
    this.#log.info('disk-recovered', {})
    this.onChange()
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#db.run(sql, ...values)
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#db.get(sql, ...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#db.all(sql, ...values)
  }

  /** On a full disk it is tried a second time, on the reserve: the work may be done twice, its writes never are. */
  transaction<T>(work: () => T): T {
    try {
      return this.#db.transaction(work)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      this.#full(error)
      return this.#db.transaction(work)
    }
  }

  close(): void {
    this.#db.close()
  }

  #full(error: unknown): void {
    const isNews = !this.#isFull
    this.#isFull = true
    this.#reserve.free()
    faultPoint('reserve-freed')
    this.#keepSmall()
    if (!isNews) return
    this.#log.warn('disk-full', describeError(error))
    this.onChange()
  }

  #hold(): boolean {
    try {
      return this.#reserve.hold()
    } catch (error) {
      this.#log.warn('reserve', describeError(error))
      return false
    }
  }

  /** What is only in the write-ahead log goes to its place, and the log gives its space back. */
  #keepSmall(): void {
    try {
      this.#db.all(`PRAGMA wal_autocheckpoint=${pagesWhileFull}`)
      this.#db.all('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (error) {
      // It goes on without: the reserve alone is room enough for a while.
      this.#log.warn('disk-full', describeError(error))
    }
  }
}
