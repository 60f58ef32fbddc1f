/** The database that the service works on: an embedded PostgreSQL of its own, or one given by its URL. */
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceError } from '../service-error.ts'
import { databaseAccount } from './account.ts'
import { installedBinaries, reachableBinaries } from './binaries.ts'
import { withClient } from './client.ts'
import type { Connection } from './connection.ts'
import { placeDatabase, systemHome } from './placement.ts'
import { initialise, type Postmaster, type PostmasterOptions, start, superuser } from './postmaster.ts'

export interface RunningDatabase {
  readonly kind: 'embedded' | 'external'
  /** Owner of the tables: migrations alone. */
  readonly owner: Connection
  /** Every query of the service: neither superuser nor owner. */
  readonly app: Connection
  /** Where the files are, when it is embedded; said at the start when it is not in the data folder. */
  readonly location: string | undefined
  readonly elsewhere: boolean
  stop(): Promise<void>
}

export interface DatabaseOptions {
  readonly dataFolder: string
  /** A PostgreSQL of one's own: queries run as this URL's user. */
  readonly databaseUrl?: string | undefined
  /** The user of migrations there; default the same. */
  readonly databaseOwnerUrl?: string | undefined
  readonly onProgress?: ((step: string) => void) | undefined
  readonly log: (line: string) => void
}

/** Roles of the embedded database. */
export const ownerRole = 'edgeward_owner'
export const appRole = 'edgeward_app'
export const databaseName = 'edgeward'

/** Brings a database up. Throws a ServiceError. */
export async function openDatabase(options: DatabaseOptions): Promise<RunningDatabase> {
  return options.databaseUrl === undefined ? openEmbedded(options) : openExternal(options, options.databaseUrl)
}

async function openExternal({ databaseOwnerUrl }: DatabaseOptions, url: string): Promise<RunningDatabase> {
  const app = { connectionString: url }
  const { rows } = await withClient(app, client =>
    client.query<{ rolsuper: boolean; rolbypassrls: boolean }>(
      'select rolsuper, rolbypassrls from pg_roles where rolname = current_user',
    ),
  )
  if (rows.some(({ rolsuper, rolbypassrls }) => rolsuper || rolbypassrls)) {
    throw new ServiceError('database-role', 'the database URL is of a superuser: give one of an ordinary role')
  }
  return {
    kind: 'external',
    owner: databaseOwnerUrl === undefined ? app : { connectionString: databaseOwnerUrl },
    app,
    location: undefined,
    elsewhere: false,
    stop: async () => undefined,
  }
}

async function openEmbedded({ dataFolder, onProgress, log }: DatabaseOptions): Promise<RunningDatabase> {
  const account = databaseAccount()
  const placement = placeDatabase(dataFolder, account)
  const { binaries, copied } = reachableBinaries(await installedBinaries(), account, systemHome)
  if (copied) onProgress?.('copied PostgreSQL to where its user can reach it')
  const surroundings = { binaries, account, placement, log }
  if (await initialise(surroundings)) onProgress?.('made a new database')
  const keeper = new Keeper(surroundings)
  await keeper.start()
  const connection = (user: string, database: string): Connection => ({ host: placement.socketFolder, user, database })
  try {
    await makeRoles(connection(superuser, 'postgres'))
  } catch (error) {
    await keeper.stop()
    throw error
  }
  return {
    kind: 'embedded',
    owner: connection(ownerRole, databaseName),
    app: connection(appRole, databaseName),
    location: placement.home,
    elsewhere: placement.elsewhere,
    stop: () => keeper.stop(),
  }
}

/** A database that ends by itself is started again, at once the first time, then more and more patiently, for ever. */
const firstPauseMs = 100
const longestPauseMs = 30_000
/** One that ran so long had started well. */
const settledMs = 60_000

class Keeper {
  readonly #surroundings: PostmasterOptions
  readonly #stopping = new AbortController()
  #postmaster: Postmaster | undefined
  #restarting: Promise<void> = Promise.resolve()
  #pauseMs = 0

  constructor(surroundings: PostmasterOptions) {
    this.#surroundings = surroundings
  }

  async start(): Promise<void> {
    const postmaster = await start(this.#surroundings)
    this.#postmaster = postmaster
    const began = performance.now()
    void postmaster.ended.then(() => {
      this.#postmaster = undefined
      if (performance.now() - began > settledMs) this.#pauseMs = 0
      this.#restarting = this.#startAgain()
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#restarting
    await this.#postmaster?.stop()
  }

  /** What is left of a killed one (its children end a little later, its shared memory with them) makes the first tries fail. */
  async #startAgain(): Promise<void> {
    const { log } = this.#surroundings
    const { signal } = this.#stopping
    while (!signal.aborted) {
      log('PostgreSQL ended by itself and is started again')
      await delay(this.#pauseMs, undefined, { signal }).catch(() => undefined)
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, firstPauseMs), longestPauseMs)
      if (signal.aborted) return
      try {
        await this.start()
        return
      } catch (error) {
        log(error instanceof Error ? error.message : 'PostgreSQL does not start again')
      }
    }
  }
}

/** All that the superuser does. Again after a start that was cut short. */
function makeRoles(connection: Connection): Promise<void> {
  return withClient(connection, async client => {
    const there = async (text: string, name: string): Promise<boolean> =>
      (await client.query(text, [name])).rowCount !== 0
    for (const role of [ownerRole, appRole]) {
      if (await there('select 1 from pg_roles where rolname = $1', role)) continue
      await client.query(`create role ${role} login nosuperuser nocreatedb nocreaterole nobypassrls`)
    }
    if (await there('select 1 from pg_database where datname = $1', databaseName)) return
    await client.query(`create database ${databaseName} owner ${ownerRole}`)
  })
}
