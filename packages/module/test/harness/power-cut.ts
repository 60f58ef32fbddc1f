import type { Database, Row, SqlValue } from '../../src/index.ts'

/** The disk lost its power. */
export class PowerCut extends Error {
  override name = 'PowerCut'
}

/** Counts the commits of a store and cuts the power before or after one of them; then nothing is written any more. */
export class FragileDatabase implements Database {
  commits = 0
  /** Cut at this commit, counted from 1; undefined: never. */
  cutAt: number | undefined
  when: 'before' | 'after' = 'before'
  isCut = false
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#powered()
    this.#db.run(sql, ...values)
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    this.#powered()
    return this.#db.get(sql, ...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    this.#powered()
    return this.#db.all(sql, ...values)
  }

  transaction<T>(work: () => T): T {
    this.#powered()
    this.commits += 1
    const isLast = this.commits === this.cutAt
    const result = this.#db.transaction(() => {
      const done = work()
      if (isLast && this.when === 'before') this.#cut()
      return done
    })
    if (isLast) this.#cut()
    return result
  }

  close(): void {
    this.#db.close()
  }

  #cut(): never {
    this.isCut = true
    throw new PowerCut('no power')
  }

  #powered(): void {
    if (this.isCut) throw new PowerCut('no power')
  }
}
