/**
 * The security module: it owns a data folder, a store and a key store, takes taps at its readers, and keeps up to date
 * with the service when there is a network.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generatorDiffers, type Random } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { faultPoint } from '#fault-points'
import { assemble, type BelongingModule, firstRecordDetail } from './belonging-module.ts'
import { ModuleClock } from './clock/module-clock.ts'
import {
  type Accepted,
  acceptPackage,
  belongingOf,
  type CommissioningRequest,
  commissioningRequest,
  resumeAcceptance,
} from './commissioning/commissioning.ts'
import { destroyAllKeys } from './commissioning/own-keys.ts'
import { ModuleError } from './errors.ts'
import { describeError, type Log } from './log.ts'
import { type ReaderPlace, readersOf } from './policy/readers.ts'
import type { ModulePorts } from './ports.ts'
import { hasFewFree, tellRoom } from './record/room-events.ts'
import { SerialQueue } from './serial-queue.ts'
import { type ModuleStatus, shownQuality } from './status.ts'
import type { Database } from './store/database.ts'
import { DiskGuard } from './store/disk-guard.ts'
import { lockFolder } from './store/folder-lock.ts'
import { openLibsql } from './store/libsql.ts'
import { advance, counter, setCounter } from './store/meta.ts'
import { freeRecords } from './store/records.ts'
import { isDiskFull, makeRoomToStart, noReserve, openReserveFile, type Reserve } from './store/reserve.ts'
import { prepareSchema } from './store/schema.ts'
import { leaveNoTrace, wipe } from './store/wipe.ts'
import type { TapCarrier, TapResult } from './tap/tap-desk.ts'
import type { Timers } from './timers.ts'

const storeFile = 'store.db'
/** How often the time is kept and what is due ends. */
const tickMs = 60_000
/** The evidence counter advances at least so often (R4). */
const ticksPerCount = 60

export interface ModuleOptions {
  /** Made when missing, mode 0700. */
  readonly dataFolder: string
  /** Its id in the site file. */
  readonly moduleId: string
  readonly ports: ModulePorts
  readonly keyStore: KeyStore
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  /** Refuse everything simulated (R12). Default false. */
  readonly production?: boolean
  /** Default: SQLite in the data folder. */
  readonly openDatabase?: (path: string) => Promise<Database>
  /** Default: a file in the data folder; for another database than SQLite's, none. */
  readonly openReserve?: (folder: string, random: Random) => Reserve
  /** The readers are other ones now: a bundle came, or the module was commissioned or wiped. */
  readonly onReaders?: (readers: readonly ReaderPlace[]) => void
  /** The time zone of the site, before anything is computed in it. */
  readonly onTimeZone?: (timeZone: string) => void
}

/**
 * Opens a module; `start` brings it to life. Throws a ModuleError: `simulation-refused`, `folder-in-use`, `store-damaged`,
 * `disk-full`.
 *
 * @example
 * const module = await createModule({ dataFolder, moduleId: 'edge-hall', ports, keyStore, random, timers, log })
 * await module.start()
 * const { display } = await module.tap('hall-door', carrier)
 * await module.stop()
 */
export async function createModule(options: ModuleOptions): Promise<SecurityModule> {
  const { dataFolder, ports, production = false, openDatabase = openLibsql, random, log } = options
  if (production && ports.simulated) {
    throw new ModuleError('simulation-refused', 'production and simulated ports exclude each other (R12)')
  }
  if (!generatorDiffers(random))
    throw new ModuleError('self-test-failed', 'the random generator gives zeros or repeats itself; no tap is taken')
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  makeRoomToStart(dataFolder)
  let unlock: () => void = () => undefined
  try {
    unlock = lockFolder(dataFolder)
    const db = await openDatabase(join(dataFolder, storeFile))
    const guarded = new DiskGuard({ db, reserve: reserveOf(options), log })
    prepareSchema(guarded)
    return new SecurityModule(options, guarded, unlock)
  } catch (error) {
    unlock()
    if (!isDiskFull(error)) throw error
    throw new ModuleError('disk-full', `the disk of ${dataFolder} is full; free some space`, { cause: error })
  }
}

function reserveOf({ dataFolder, random, openDatabase, openReserve }: ModuleOptions): Reserve {
  const open = openReserve ?? (openDatabase === undefined ? openReserveFile : () => noReserve)
  return open(dataFolder, random)
}

export class SecurityModule {
  readonly #options: ModuleOptions
  readonly #db: DiskGuard
  readonly #unlock: () => void
  readonly #decisions = new SerialQueue()
  /** Commissioning and its end come one after the other. */
  readonly #changes = new SerialQueue()
  readonly #clock: ModuleClock
  readonly #startedMs: number
  #belonging: BelongingModule | undefined
  /** Why the wall clock is not believed, as long as no record says so. */
  #unrecordedFault: Readonly<Record<string, string>> | undefined
  #stopTick: () => void = () => undefined
  #ticks = 0

  constructor(options: ModuleOptions, db: DiskGuard, unlock: () => void) {
    const { ports } = options
    this.#options = options
    this.#db = db
    this.#unlock = unlock
    db.onChange = () => this.#diskChanged()
    this.#startedMs = ports.monotonic.now()
    this.#clock = new ModuleClock({
      db,
      wall: ports.clock,
      monotonic: ports.monotonic,
      onFault: (fault, byMs) => this.#clockFailed(fault, byMs),
    })
  }

  /** Makes good what a cut left open, and goes on line if the module belongs to a site. */
  async start(): Promise<void> {
    const { keyStore, moduleId } = this.#options
    const db = this.#db
    faultPoint('start-begun')
    if (counter(db, 'wiping') === 1) await this.#destroyKeys()
    const resumed = await resumeAcceptance({ db, keyStore, moduleId, clock: this.#clock })
    await this.#begin(resumed)
    this.#tick()
  }

  /** Ends in order: nothing that was decided is lost. A disk that fails meanwhile is told to the log. */
  async stop(): Promise<void> {
    this.#stopTick()
    await this.#changes.idle()
    await this.#belonging?.engine.stop()
    await this.#decisions.idle()
    try {
      await this.#belonging?.journal.end()
      this.#db.transaction(() => this.#clock.persist())
    } catch (error) {
      this.#options.log.warn('stop', describeError(error))
    } finally {
      this.#db.close()
      this.#unlock()
    }
  }

  /** The readers of the bundle in force; none before. */
  get readers(): readonly ReaderPlace[] {
    const world = this.#belonging?.policy.world
    return world === undefined ? [] : readersOf(world)
  }

  /**
   * Takes a transponder in the field of a reader, from its arrival to the display. Never rejects for what a transponder or
   * a port does. Throws a ModuleError `unknown-reader` or `not-commissioned`.
   */
  async tap(reader: string, carrier: TapCarrier): Promise<TapResult> {
    const belonging = this.#required()
    const place = this.readers.find(each => each.reader === reader)
    if (place === undefined) throw new ModuleError('unknown-reader', `there is no reader ${reader} here`)
    this.#db.look()
    return belonging.taps.tap(place, carrier)
  }

  /** The signed statement for the installer, and the words to compare. Throws a ModuleError `already-commissioned`. */
  commissioningRequest(): Promise<CommissioningRequest> {
    const { keyStore, moduleId } = this.#options
    return this.#changes.run(async () => {
      if (this.#belonging !== undefined)
        throw new ModuleError('already-commissioned', 'this module belongs to a site already')
      return commissioningRequest(keyStore, moduleId)
    })
  }

  /**
   * Takes the package of a commissioning; the acknowledgement is for whoever carries it, and goes over the link too.
   * Throws a ModuleError `bad-package` or `already-commissioned`.
   */
  acceptCommissioning(encoded: Uint8Array): Promise<Uint8Array> {
    const { keyStore, moduleId } = this.#options
    return this.#changes.run(async () => {
      const accepted = await acceptPackage({ db: this.#db, keyStore, moduleId, clock: this.#clock, package: encoded })
      const acknowledgement = await this.#begin(accepted)
      if (acknowledgement === undefined) throw new ModuleError('bad-package', 'the package left nothing behind')
      return acknowledgement
    })
  }

  /** Leaves the site: records, rules and keys are gone. Throws a ModuleError `not-commissioned`. */
  decommission(): Promise<void> {
    return this.#changes.run(async () => {
      const { engine, journal } = this.#required()
      await engine.stop()
      await this.#decisions.run(async () => {
        await journal.end()
        this.#db.transaction(() => {
          wipe(this.#db, journal.last().head)
          this.#clock.forget()
        })
        this.#belonging = undefined
      })
      faultPoint('store-wiped')
      await this.#destroyKeys()
      this.#options.onReaders?.([])
    })
  }

  status(): ModuleStatus {
    const { moduleId, keyStore, ports } = this.#options
    const db = this.#db
    const { simulated } = ports
    const { at, quality, boundSeconds } = this.#clock.look()
    const policy = this.#belonging?.policy
    const epoch = policy?.bundle?.epoch ?? 0
    return {
      module: moduleId,
      commissioned: this.#belonging !== undefined,
      home: keyStore.home,
      readers: this.readers.map(({ reader, asset, side }) => ({ reader, asset, side })),
      guards: policy?.world?.site.modules[moduleId]?.guards ?? [],
      versions: {
        bundle: policy?.bundle?.version ?? 0,
        revocations: counter(db, 'revocationVersion'),
        keys: counter(db, 'keyPackageVersion'),
        epoch,
      },
      clock: {
        now: new Date(at * 1_000).toISOString(),
        quality: shownQuality(quality, simulated),
        simulated,
        boundSeconds,
      },
      link: ports.link.state,
      records: {
        last: counter(db, 'lastRecord'),
        acknowledged: counter(db, 'lastAcknowledged'),
        free: freeRecords(db),
        fewFree: hasFewFree(db),
      },
      disk: db.state,
      refusedEnvelopes: counter(db, 'refusedEnvelopes'),
      behind: counter(db, 'highestEpochSeen') > epoch,
      tampered: false,
      pid: process.pid,
    }
  }

  /** Resolves when everything that was asked for so far is done: decisions, outcomes, envelopes. For tests and a clean stop. */
  async idle(): Promise<void> {
    await this.#belonging?.engine.idle()
    await this.#decisions.idle()
    await this.#belonging?.journal.makeMacs()
  }

  /** Brings a module that belongs to a site to life; after its commissioning, with the acknowledgement of the keys. */
  async #begin(accepted: Accepted | undefined): Promise<Uint8Array | undefined> {
    const { keyStore, ports, random, timers, log, onReaders, onTimeZone = () => undefined } = this.#options
    const db = this.#db
    const belonging = belongingOf(db)
    if (belonging === undefined) return undefined
    const module = await assemble({
      ...{ db, keyStore, ports, random, timers, log, belonging },
      clock: this.#clock,
      decisions: this.#decisions,
      mustHaveRoom: () => db.mustHaveRoom(),
      uptime: () => Math.floor((ports.monotonic.now() - this.#startedMs) / 1_000),
      onBundle: () => onReaders?.(this.readers),
      onTimeZone,
    })
    this.#belonging = module
    module.outcomes.recover()
    faultPoint('start-recovered')
    if (counter(db, 'lastRecord') === 0) module.recordEvent('module', 'commissioned', firstRecordDetail(db))
    module.recordEvent('module', 'started', { home: keyStore.home })
    this.#recordClockFault()
    tellRoom(db, module.recordEvent)
    const acknowledgement = accepted && (await acknowledge(module, accepted))
    module.engine.start(module.account, acknowledgement)
    onReaders?.(this.readers)
    return acknowledgement
  }

  /** Keeps the time, lets end what is due. */
  #tick(): void {
    const { timers, log } = this.#options
    this.#stopTick = timers.after(tickMs, () => this.#tick())
    this.#ticks += 1
    this.#decisions
      .run(async () => {
        this.#db.look()
        this.#tellRoom()
        const { at } = this.#clock.look()
        this.#belonging?.policy.endDue(at)
        this.#belonging?.unproven.endOfWindow(at)
        this.#db.transaction(() => {
          this.#clock.persist()
          if (this.#ticks % ticksPerCount === 0) advance(this.#db, 'evidenceCounter')
        })
      })
      .catch((error: unknown) => log.warn('tick', describeError(error)))
  }

  /** May come in the middle of anything, so it is recorded in its turn. */
  #clockFailed(fault: string, byMs: number): void {
    const { log } = this.#options
    log.warn('clock', { fault, byMs })
    this.#unrecordedFault = { fault, byS: String(Math.round(byMs / 1_000)) }
    this.#decisions
      .run(async () => {
        this.#recordClockFault()
        this.#belonging?.engine.healthChanged()
      })
      .catch((error: unknown) => log.warn('clock', describeError(error)))
  }

  /** At once, or once there is a chain to record it in: the clock is looked at before anything else. */
  #recordClockFault(): void {
    const fault = this.#unrecordedFault
    if (fault === undefined || this.#belonging === undefined) return
    this.#unrecordedFault = undefined
    this.#belonging.recordEvent('clock', 'clock-not-believed', fault)
  }

  /** May come in the middle of anything, so it is recorded in its turn. */
  #diskChanged(): void {
    const { log } = this.#options
    this.#decisions.run(async () => this.#tellRoom()).catch((error: unknown) => log.warn('disk', describeError(error)))
  }

  #tellRoom(): void {
    const module = this.#belonging
    if (module !== undefined && tellRoom(this.#db, module.recordEvent)) module.engine.healthChanged()
  }

  async #destroyKeys(): Promise<void> {
    await destroyAllKeys(this.#options.keyStore)
    faultPoint('keys-destroyed')
    leaveNoTrace(this.#db)
    this.#db.transaction(() => setCounter(this.#db, 'wiping', 0))
  }

  #required(): BelongingModule {
    if (this.#belonging === undefined) throw new ModuleError('not-commissioned', 'this module belongs to no site yet')
    return this.#belonging
  }
}

function acknowledge({ sealer, policy }: BelongingModule, { keys }: Accepted): Promise<Uint8Array> {
  const entry = { type: 'key-package', version: keys.kek.version, sequence: keys.sequence, result: 'done' } as const
  return sealer.seal('acknowledgement', { acknowledged: [entry], heads: policy.heads })
}
