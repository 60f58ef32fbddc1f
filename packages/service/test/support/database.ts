/** One PostgreSQL for a test file, a fresh database for whoever asks. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { type Connection, openDatabase, type RunningDatabase } from '../../src/database/database.ts'

export interface TestServer {
  /** URLs of a new, empty database. */
  create(): Promise<{ readonly databaseUrl: string; readonly databaseOwnerUrl: string }>
  readonly running: RunningDatabase
}

/** To be called at the top of a test file. */
export function useDatabaseServer(): () => TestServer {
  let running: RunningDatabase | undefined
  let folder = ''
  let count = 0
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edgeward-service-'))
    running = await openDatabase({ dataFolder: folder, log: () => undefined })
  })
  afterAll(async () => {
    await running?.stop()
    if (running?.elsewhere && running.location !== undefined) rmSync(running.location, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  })
  return () => {
    if (running === undefined) throw new Error('the database server is not up')
    const server = running
    return {
      running: server,
      async create() {
        count += 1
        const name = `test_${count}`
        await runAs(server.owner, 'postgres', `create database ${name} owner edgeward_owner`)
        const host = 'host' in server.app ? encodeURIComponent(server.app.host) : ''
        return {
          databaseUrl: `postgresql://edgeward_app@${host}/${name}`,
          databaseOwnerUrl: `postgresql://edgeward_owner@${host}/${name}`,
        }
      },
    }
  }
}

/** Runs a statement as a role, in the maintenance database. */
export async function runAs(connection: Connection, user: string, text: string): Promise<void> {
  if (!('host' in connection)) throw new Error('an embedded database has a socket')
  const client = new pg.Client({ host: connection.host, user, database: 'postgres' })
  await client.connect()
  await client.query(text)
  await client.end()
}
