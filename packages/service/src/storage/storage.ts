/** Queries and transactions of the service, as its own role of the database. */
import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { Connection } from '../database/connection.ts'
import type { Scoped, Tables } from './tables.ts'

/** What a query runs on: outside or inside a transaction. */
export type Queries = Kysely<Tables> | Transaction<Tables>
export type { Scoped } from './tables.ts'

/** threat-model §8: a statement of the API. */
const statementMs = 5_000
/** Beyond the server's own limit: for a server that does not answer at all. */
const answerMs: number = 2 * statementMs
/** For a connection, or one of the pool to become free. */
const connectMs = 5_000
const mostConnections = 12
const int8 = 20

export interface Storage {
  readonly queries: Kysely<Tables>
  /** The tenant and site that this service serves. */
  readonly scope: Scoped
  /** Runs statements as one; what rejects leaves nothing behind. */
  transaction<T>(run: (queries: Queries) => Promise<T>): Promise<T>
}

/** Opens connections. `onError` hears of connections that the database ended while they were idle. */
export function connect(connection: Connection, onError: (error: Error) => void): Kysely<Tables> {
  const pool = new pg.Pool({
    ...connection,
    max: mostConnections,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    connectionTimeoutMillis: connectMs,
    idle_in_transaction_session_timeout: 4 * statementMs,
    application_name: 'edgeward',
    types: { getTypeParser },
  })
  pool.on('error', onError)
  // A connection that breaks while a query has it: the query is rejected, and without a listener the process would end.
  pool.on('connect', client => client.on('error', onError))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/** Row counts, cursors and milliseconds stay far below 2^53. */
function getTypeParser(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (type === int8 && format !== 'binary') return value => Number(value)
  return pg.types.getTypeParser(type, format ?? 'text')
}

/** The storage of one site. */
export function storageOf(queries: Kysely<Tables>, scope: Scoped): Storage {
  return { queries, scope, transaction: run => queries.transaction().execute(run) }
}
