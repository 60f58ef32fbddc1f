/** What can be seen of the embedded database of a data folder from outside, without starting or changing anything. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ServiceError } from '../service-error.ts'
import { migrations } from '../storage/migrations.ts'
import { databaseAccount } from './account.ts'
import { installedBinaries } from './binaries.ts'
import { withClient } from './client.ts'
import { appRole, databaseName } from './database.ts'
import { isPostmasterOf, pidFile } from './pid-file.ts'
import { majorVersion } from './postmaster.ts'

/** Files and process of a database. */
export interface DatabaseState {
  /** Its home; undefined: there is none yet, or it is one that was given by its URL. */
  readonly home: string | undefined
  /** The pointer of the data folder names a place that is gone. */
  readonly missing: boolean
  /** Major version of the files; undefined: none were made yet. */
  readonly filesVersion: string | undefined
  readonly programVersion: string
  /** The running PostgreSQL. */
  readonly running: { readonly pid: number; readonly socketFolder: string } | undefined
  /** A pid file without its process: it ended without tidying up. */
  readonly stalePid: number | undefined
}

/** Looks at the files. */
export function databaseState(dataFolder: string): DatabaseState {
  const home = homeOf(dataFolder)
  const data = home === undefined ? undefined : join(home, 'data')
  const lines = data === undefined ? undefined : pidFile(data)
  const pid = Number(lines?.[0])
  const isRunning = data !== undefined && Number.isSafeInteger(pid) && pid > 1 && isPostmasterOf(pid, data)
  const version = data === undefined ? undefined : join(data, 'PG_VERSION')
  return {
    home,
    missing: home !== undefined && !existsSync(home),
    filesVersion: version !== undefined && existsSync(version) ? readFileSync(version, 'utf8').trim() : undefined,
    programVersion: majorVersion,
    running: isRunning ? { pid, socketFolder: lines?.[4]?.trim() ?? '' } : undefined,
    stalePid: lines !== undefined && !isRunning ? pid : undefined,
  }
}

const patienceMs = 10_000

/** The programs for this machine: the version that they say, and the user they run as when that is not ours. */
export async function databasePrograms(): Promise<{ readonly version: string; readonly runsAs: number | undefined }> {
  const { postgres } = await installedBinaries()
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { timeout: patienceMs })
    return { version: stdout.trim(), runsAs: databaseAccount()?.uid }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new ServiceError('database-binaries', `${postgres} does not run: ${why}`, { cause })
  }
}

/** What a running database says of itself. */
export interface DatabaseFacts {
  readonly version: string
  readonly fsync: boolean
  readonly synchronousCommit: boolean
  /** Newest migration that was applied, and the newest that this program has. */
  readonly migration: number
  readonly newestMigration: number
  /** Whether the role of the service may do what only the owner or a superuser should. */
  readonly serviceIsSuperuser: boolean
}

/** Asks a running database, as the service's own role. Rejects with what the connection says. */
export function databaseFacts(socketFolder: string): Promise<DatabaseFacts> {
  const connection = { host: socketFolder, user: appRole, database: databaseName }
  return withClient(connection, async client => {
    const one = async (text: string): Promise<string> =>
      String((await client.query<{ value: unknown }>(text)).rows[0]?.value ?? '')
    return {
      version: await one('select current_setting($$server_version$$) as value'),
      fsync: (await one('select current_setting($$fsync$$) as value')) === 'on',
      synchronousCommit: (await one('select current_setting($$synchronous_commit$$) as value')) === 'on',
      migration: Number(await one('select max(number) as value from migration')),
      newestMigration: migrations.length,
      serviceIsSuperuser:
        (await one('select rolsuper or rolbypassrls as value from pg_roles where rolname = current_user')) === 'true',
    }
  })
}

/** Where the database of a data folder is: where its pointer says, else in it; undefined: nowhere. */
export function homeOf(dataFolder: string): string | undefined {
  const pointer = join(dataFolder, 'database.location')
  if (existsSync(pointer)) return readFileSync(pointer, 'utf8').trim()
  const here = join(dataFolder, 'database')
  return existsSync(join(here, 'data')) ? here : undefined
}
