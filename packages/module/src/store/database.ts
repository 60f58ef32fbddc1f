/**
 * The few things that the module asks of a database. SQLite does them here; a simulated disk that loses power at any
 * commit can stand in.
 */

/** Blobs as Uint8Array; integers as number, above 2^53 as bigint. */
export type SqlValue = number | bigint | string | Uint8Array | null
export type Row = Readonly<Record<string, SqlValue>>

export interface Database {
  run(sql: string, ...values: readonly SqlValue[]): void
  get(sql: string, ...values: readonly SqlValue[]): Row | undefined
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[]
  /**
   * Runs several statements as one: when it returns they are on the disk (fsync), when it throws none of them is.
   * The work is synchronous, so nothing else can come between. Never nested.
   */
  transaction<T>(work: () => T): T
  close(): void
}

/** A column that is an integer within 2^53. */
export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} holds no integer`)
  return value
}

/** A column that is an integer up to 2^63. */
export function bigInteger(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError(`column ${column} holds no integer`)
  return BigInt(value)
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds no text`)
  return value
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} holds no bytes`)
  return value
}
