import pg from 'pg'
import type { Connection } from './connection.ts'

/** One connection for a few statements, outside the pool. */
export async function withClient<T>(connection: Connection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  // A connection that breaks rejects the statement under way; without a listener it would end the process besides.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
