/** What an error of a query says about the database: whether the query was wrong, or the database is. */

/** `away`: not to be reached, starting or stopping. `full`: no room on its disk. `busy`: it does not come to it in time. */
export type DatabaseTrouble = 'away' | 'full' | 'busy'

const diskFull = '53100'
const statementTimeout = '57014'
const inputOutput = '58030'
/** Of the socket. */
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])
/** Of `pg`, which gives these no code. */
const clientMessages: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  [/^Connection terminated/, 'away'],
  [/^Client (has encountered a connection error|was closed) and is not queryable/, 'away'],
  [/^timeout exceeded when trying to connect/, 'busy'],
  [/^Query read timeout/, 'busy'],
]

/** The trouble that an error tells of; undefined: none of the database's own. */
export function databaseTrouble(error: unknown): DatabaseTrouble | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  if (code === diskFull) return 'full'
  if (code === statementTimeout) return 'busy'
  // Its socket is gone; a file that is not there is something else.
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect' ? 'away' : undefined
  // PostgreSQL's classes: 08 connection, 53 resources, 57P shutting down, crashed or not up yet.
  if (networkCodes.has(code) || code === inputOutput || /^(08|57P)/.test(code)) return 'away'
  if (/^53/.test(code)) return 'busy'
  const said = clientMessages.find(([message]) => message.test(error.message))
  return said?.[1] ?? databaseTrouble(error.cause)
}
