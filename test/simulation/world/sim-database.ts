import type { Database, Row, SqlValue } from '@edgeward/module'
import { DiskError, type Power } from '../kernel/power.ts'

const writes = /^\s*(INSERT|UPDATE|DELETE|CREATE)/i

/**
 * A store whose power may end at any statement, before or after a commit, and whose disk may be full or lie. The real
 * SQLite below lives on: what was committed is what the next life of the machine finds. Its own durability is trusted;
 * what is shown here is that the module draws its transactions right.
 */
export class SimDatabase implements Database {
  readonly #store: Database
  readonly #power: Power
  readonly #onClockKept: () => void
  #keepsClock = false

  /** `onClockKept`: a commit has put the time on the disk. */
  constructor(store: Database, power: Power, onClockKept: () => void = () => undefined) {
    this.#store = store
    this.#power = power
    this.#onClockKept = onClockKept
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#power.operate()
    if (this.#power.fault === 'full' && writes.test(sql)) throw new DiskError('SQLITE_FULL')
    this.#store.run(sql, ...values)
    if (sql.includes('INTO clock')) this.#keepsClock = true
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    this.#power.operate()
    return this.#store.get(sql, ...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    this.#power.operate()
    return this.#store.all(sql, ...values)
  }

  transaction<T>(work: () => T): T {
    const power = this.#power
    power.operate()
    this.#keepsClock = false
    const result = this.#store.transaction(() => {
      const done = work()
      power.operate()
      if (power.fault === 'commit-fails') {
        power.fault = undefined
        throw new DiskError('SQLITE_IOERR')
      }
      return done
    })
    if (this.#keepsClock) this.#onClockKept()
    power.operate()
    if (power.fault === 'commit-lies') {
      power.fault = undefined
      throw new DiskError('SQLITE_IOERR_FSYNC')
    }
    return result
  }

  close(): void {
    // The disk outlives the program.
  }
}
