/** Looks over the shoulder of a store: how many bytes of content each transaction wrote, in order. */
import type { Database, Row, SqlValue } from '@edgeward/module'

export class CountedDatabase implements Database {
  /** Bytes of values of the transactions since `forget`. */
  written: number[] = []
  readonly #db: Database
  #bytes = 0

  constructor(db: Database) {
    this.#db = db
  }

  forget(): void {
    this.written = []
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    if (!sql.startsWith('DELETE')) for (const value of values) this.#bytes += sizeOf(value)
    this.#db.run(sql, ...values)
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#db.get(sql, ...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#db.all(sql, ...values)
  }

  transaction<T>(work: () => T): T {
    this.#bytes = 0
    const result = this.#db.transaction(work)
    this.written.push(this.#bytes)
    return result
  }

  close(): void {
    this.#db.close()
  }
}

const integerBytes = 8

function sizeOf(value: SqlValue): number {
  if (value instanceof Uint8Array) return value.length
  return typeof value === 'string' ? Buffer.byteLength(value) : integerBytes
}
