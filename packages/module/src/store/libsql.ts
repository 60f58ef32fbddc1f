/** SQLite by libsql: a write-ahead log, and a commit that returns when the disk has it (`synchronous=FULL`). */
import { invariant } from '@edgeward/base'
import { ModuleError } from '../errors.ts'
import type { Database, Row, SqlValue } from './database.ts'

/** Values go in as one array: the driver ends the process on a single blob, which it takes for named values. */
interface Statement {
  run(values: readonly unknown[]): unknown
  get(values: readonly unknown[]): unknown
  all(values: readonly unknown[]): unknown[]
  safeIntegers(on: boolean): Statement
}

interface Connection {
  readonly inTransaction: boolean
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

/**
 * Opens (or makes) a database file; `:memory:` for one that lives in this process alone.
 * Throws a ModuleError `store-damaged` when the file is no database.
 */
export async function openLibsql(path: string): Promise<Database> {
  // Loaded when needed: the native part costs time at start that tests of other things need not pay.
  const { default: Libsql } = await import('libsql')
  try {
    return new LibsqlDatabase(new Libsql(path))
  } catch (cause) {
    throw new ModuleError('store-damaged', `${path} cannot be opened as a store`, { cause })
  }
}

class LibsqlDatabase implements Database {
  readonly #connection: Connection
  readonly #statements = new Map<string, Statement>()
  #inTransaction = false
  #isClosed = false

  constructor(connection: Connection) {
    this.#connection = connection
    connection.exec('PRAGMA journal_mode=WAL')
    connection.exec('PRAGMA synchronous=FULL')
    connection.exec('PRAGMA foreign_keys=ON')
    // What is deleted is overwritten: records and openings that were erased, the whole store of a module that leaves (T56).
    connection.exec('PRAGMA secure_delete=ON')
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#prepared(sql).run(values.map(toDriver))
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    const row = this.#prepared(sql).get(values.map(toDriver))
    return row === undefined ? undefined : fromDriver(row)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#prepared(sql).all(values.map(toDriver)).map(fromDriver)
  }

  transaction<T>(work: () => T): T {
    this.#checkOpen()
    invariant(!this.#inTransaction, 'transactions are not nested')
    this.run('BEGIN IMMEDIATE')
    this.#inTransaction = true
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    } finally {
      this.#inTransaction = false
    }
  }

  /** A full disk has ended the transaction already; to say so again would hide why. */
  #rollBack(): void {
    if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#statements.clear()
    this.#connection.close()
  }

  /** The driver ends the whole process when a closed store is used. */
  #checkOpen(): void {
    if (this.#isClosed) throw new ModuleError('stopped', 'the store is closed')
  }

  #prepared(sql: string): Statement {
    this.#checkOpen()
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#connection.prepare(sql).safeIntegers(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** The driver reads a view's whole buffer, and takes a number for a float. */
function toDriver(value: SqlValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  return typeof value === 'number' ? BigInt(value) : value
}

/** The driver gives integers as bigint, blobs as ArrayBuffer, and a member of its own beside the columns. */
function fromDriver(row: unknown): Row {
  const clean: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries(row as Record<string, unknown>)) {
    if (column === '_metadata') continue
    clean[column] = fromDriverValue(value)
  }
  return clean
}

function fromDriverValue(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return value as SqlValue
}
