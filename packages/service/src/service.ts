/** Puts the trusted service together and takes it apart again. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Random, SystemClock, SystemRandom } from '@edgeward/base'
import { deriveModuleKey, isMarkedSimulated, type KeyStore, markSimulated } from '@edgeward/keystore'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { createLogInLink } from './access/log-in.ts'
import type { LogInLink } from './api/session.ts'
import { Feed } from './audit/feed.ts'
import type { Core } from './core.ts'
import { openDatabase, type RunningDatabase } from './database/database.ts'
import { createApp, startServer } from './http/server.ts'
import { sharedSource } from './http/stream.ts'
import { groupMemory } from './keys/group-memory.ts'
import { openRoots } from './keys/roots.ts'
import type { LogStream } from './log.ts'
import { handlersOf } from './operations-handlers.ts'
import { beginAgainAfterRestore } from './restore/begin-again.ts'
import { ServiceError } from './service-error.ts'
import { siteParser } from './site/parser.ts'
import { Sites } from './site/sites.ts'
import { migrate } from './storage/migrate.ts'
import { findScope, keepScope } from './storage/scope.ts'
import { connect, storageOf } from './storage/storage.ts'
import { Broker } from './sync/broker.ts'
import { findPeerByAccount } from './sync/peers.ts'
import { Sync } from './sync/sync.ts'
import { systemTimers, type Timers } from './timers.ts'
import { startUpkeep } from './upkeep.ts'
import { eventsAfter, newestCursor } from './views/events.ts'

export interface ServiceOptions {
  /** Made with mode 0700 when missing. */
  readonly dataFolder: string
  /** Default: the software driver in `service/keys` of the data folder. */
  readonly openKeyStore?: () => Promise<KeyStore>
  readonly clock?: Clock
  readonly random?: Random
  readonly timers?: Timers
  /** A PostgreSQL of one's own instead of the embedded one; and the role that owns its tables, when it is another. */
  readonly databaseUrl?: string
  readonly databaseOwnerUrl?: string
  /** 0 or missing: any free port. */
  readonly httpPort?: number
  readonly mqttPort?: number
  /** Default: `operator.sock` in the data folder. */
  readonly operatorSocket?: string
  /** The built console; missing: the interface alone. */
  readonly consoleFolder?: string
  /** The built thread that reads site files; default: the one of this package, or none when it runs from its sources. */
  readonly siteThread?: URL
  /** Parts of the plant are simulated (R12): shown everywhere, written into every record. */
  readonly simulation?: boolean
  /** Refuse keys that ever served a simulation (T58). */
  readonly production?: boolean
  /** Lines of JSON. Default: standard output. */
  readonly log?: LogStream
  readonly logLevel?: string
  readonly onProgress?: (step: string) => void
}

/** A running service. */
export interface Service {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly mqttPort: number
  readonly operatorSocket: string
  /** Something worth saying at the start: where the database lives when it is not in the data folder. */
  readonly note: string | undefined
  /** The claim link before the first claim, afterwards a log-in link. For the process that started the service. */
  createLogInLink(): Promise<LogInLink>
  /** The network to the modules: can be cut. */
  readonly broker: Pick<Broker, 'start' | 'stop' | 'running' | 'port' | 'clients'>
  /** Resolves when everything that has come from modules is taken in and answered. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts the service. Throws a ServiceError, or a KeyStoreError of the key store; then nothing is left running.
 * @example
 * const service = await startService({ dataFolder: '.edgeward' })
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    return await start(options, undo)
  } catch (error) {
    for (const step of undo.reverse()) await step()
    throw error
  }
}

async function start(options: ServiceOptions, undo: (() => Promise<unknown>)[]): Promise<Service> {
  const { dataFolder, onProgress } = options
  mkdirSync(join(dataFolder, 'service'), { recursive: true, mode: 0o700 })
  const app = createApp({ stream: options.log ?? standardOutput, level: options.logLevel ?? 'info' })
  const { log } = app

  onProgress?.('opening the key store')
  const keyStore = await (
    options.openKeyStore ?? (() => openSoftwareKeyStore({ folder: join(dataFolder, 'service', 'keys') }))
  )()
  undo.push(() => keyStore.close())
  await checkKeys(keyStore, options)

  onProgress?.('starting the database')
  const database = await openDatabase({
    dataFolder,
    databaseUrl: options.databaseUrl,
    databaseOwnerUrl: options.databaseOwnerUrl,
    onProgress,
    log: line => log.info({ database: line }, 'database'),
  })
  undo.push(() => database.stop())
  const core = await openCore(options, { app, keyStore, database, undo })
  const { broker, sync } = await startSync(core, options.mqttPort ?? 0)
  undo.push(
    () => broker.stop(),
    () => sync.stop(),
  )
  const stopUpkeep = startUpkeep(core)
  undo.push(async () => stopUpkeep())

  onProgress?.('starting the server')
  const operatorSocket = options.operatorSocket ?? join(dataFolder, 'operator.sock')
  const address = { url: '' }
  const databaseVersion = await versionOf(core)
  const handlers = handlersOf({ core, sync, running: { broker, database, databaseVersion }, origin: () => address.url })
  const followed = sharedSource(core, {
    after: (cursor, limit) => eventsAfter(core, cursor, limit),
    newest: () => newestCursor(core),
  })
  const server = await startServer(app, {
    core,
    handlers,
    events: () => followed,
    port: options.httpPort ?? 0,
    operatorSocket,
    consoleFolder: options.consoleFolder,
  })
  address.url = server.url
  undo.push(() => server.stop())
  log.info(
    { url: server.url, mqttPort: broker.port, simulated: core.simulated, keys: keyStore.home },
    'the service runs',
  )
  return {
    url: server.url,
    mqttPort: broker.port,
    operatorSocket,
    note: database.elsewhere ? `the database lives in ${database.location}` : undefined,
    createLogInLink: () =>
      createLogInLink(core, { kind: 'operator', name: `local:${process.getuid?.() ?? 0}` }, server.url),
    broker,
    idle: () => sync.idle(),
    async stop() {
      for (const step of undo.reverse()) await step()
      undo.length = 0
      log.info({}, 'the service has stopped')
    },
  }
}

/** T58: keys of a simulation never serve production; a store that serves one is marked. */
async function checkKeys(store: KeyStore, { dataFolder, simulation, production }: ServiceOptions): Promise<void> {
  if (production === true && (simulation === true || (await isMarkedSimulated(store)))) {
    throw new ServiceError(
      'simulation',
      `the keys in ${join(dataFolder, 'service', 'keys')} are of a simulation, and production refuses them. Begin in a new data folder`,
    )
  }
  if (simulation === true) await markSimulated(store)
}

interface Opened {
  readonly app: FastifyInstance
  readonly keyStore: KeyStore
  readonly database: RunningDatabase
  readonly undo: (() => Promise<unknown>)[]
}

async function openCore(options: ServiceOptions, { app, keyStore, database, undo }: Opened): Promise<Core> {
  const clock = options.clock ?? new SystemClock()
  const random = options.random ?? new SystemRandom()
  const timers = options.timers ?? systemTimers
  const applied = await migrate({ database, now: clock.now() })
  if (applied.length > 0) options.onProgress?.('prepared the tables')
  const queries = connect(database.app, error =>
    app.log.warn({ name: error.name }, 'a connection to the database ended'),
  )
  undo.push(() => queries.destroy())
  const known = await findScope(queries)
  const scope = known ?? { tenant: random.bytes(16), site: random.bytes(16) }
  const groups = groupMemory(queries, scope, () => clock.now())
  const roots = await openRoots({ store: keyStore, site: scope.site, fresh: known === undefined, groups })
  if (known === undefined) await keepScope(queries, scope, { now: clock.now(), readerGroup: random.bytes(16) })
  const storage = storageOf(queries, scope)
  const feed = new Feed(timers)
  undo.push(async () => feed.close())
  const parser = siteParser({ thread: options.siteThread })
  undo.push(() => parser.close())
  const sites = new Sites(storage, parser)
  const simulated = options.simulation ?? false
  const core: Core = { storage, keyStore, roots, sites, feed, clock, random, timers, simulated, log: app.log }
  await beginAgainAfterRestore(core, options.dataFolder)
  return core
}

async function startSync(core: Core, port: number): Promise<{ readonly broker: Broker; readonly sync: Sync }> {
  const parts: { sync?: Sync } = {}
  const broker = new Broker({
    port,
    password: account => passwordOf(core, account),
    received: (account, envelope) => parts.sync?.received(account, envelope),
    linked(account, connected) {
      if (connected) parts.sync?.linked(account)
    },
    timers: core.timers,
    log: core.log,
  })
  const sync = new Sync(core, broker)
  parts.sync = sync
  await broker.start()
  sync.start()
  return { broker, sync }
}

/** K-mqtt of a commissioned module. keys.md §6 */
async function passwordOf(core: Core, account: string): Promise<string | undefined> {
  const peer = await findPeerByAccount(core, account)
  if (peer === undefined) return undefined
  const key = await deriveModuleKey(core.keyStore, {
    root: core.roots.transportRoot,
    site: core.storage.scope.site,
    module: peer.party,
    purpose: 'mqtt',
    version: peer.keyVersion,
  })
  return core.keyStore.password(key)
}

async function versionOf({ storage }: Core): Promise<string> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(
    storage.queries,
  )
  return rows[0]?.version ?? 'unknown'
}

const standardOutput: LogStream = {
  write(line) {
    process.stdout.write(line)
  },
}
