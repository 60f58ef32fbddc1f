/** The PostgreSQL of the run, a fresh database for whoever asks. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { beforeAll, inject } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'

export interface TestServer {
  /** Folder of the socket. */
  readonly host: string
  /** URLs of a new, empty database. */
  create(): Promise<{ readonly name: string; readonly databaseUrl: string; readonly databaseOwnerUrl: string }>
}

/** To be called at the top of a test file. */
export function useDatabaseServer(): () => TestServer {
  let server: TestServer | undefined
  beforeAll(async () => {
    server = serverAt(await hostOfRun())
  })
  return () => {
    if (server === undefined) throw new Error('the database server is not up')
    return server
  }
}

/** Runs a statement as a role. */
export async function runAs(
  host: string,
  user: string,
  text: string,
  database = 'postgres',
): Promise<readonly unknown[]> {
  const client = new pg.Client({ host, user, database })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

let count = 0

function serverAt(host: string): TestServer {
  return {
    host,
    async create() {
      count += 1
      const name = `test_${process.pid}_${count}`
      await runAs(host, 'postgres', `create database ${name} owner edgeward_owner`)
      const url = (role: string): string => `postgresql://${role}@${encodeURIComponent(host)}/${name}`
      return { name, databaseUrl: url('edgeward_app'), databaseOwnerUrl: url('edgeward_owner') }
    },
  }
}

/** Whoever comes first starts it; the others wait. It outlives the worker that started it. */
async function hostOfRun(): Promise<string> {
  const folder = inject('databaseFolder')
  const ready = join(folder, 'socket-folder')
  if (takes(join(folder, 'starting'))) {
    const { app } = await openDatabase({ dataFolder: folder, log: () => undefined })
    writeFileSync(`${ready}.new`, 'host' in app ? app.host : '')
    renameSync(`${ready}.new`, ready)
  }
  while (!existsSync(ready)) await delay(20)
  return readFileSync(ready, 'utf8')
}

function takes(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
