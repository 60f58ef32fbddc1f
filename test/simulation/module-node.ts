/** One security module of the plant: its machine lives and dies, its disk and its keys stay. */
import { join } from 'node:path'
import { decodeCbor, SeededRandom, toHex } from '@edgeward/base'
import { type AuditRecord, decodeRecord } from '@edgeward/domain'
import type { KeyHandle, KeyStore } from '@edgeward/keystore'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import {
  createModule,
  type Database,
  type ModuleStatus,
  openLibsql,
  type SecurityModule,
  type Timers,
} from '@edgeward/module'
import type { ActuatorOrder, DatedValue, ModulePorts, Outcome, Selection } from '@edgeward/module/ports'
import type { Breakage } from './breakage.ts'
import type { Chance } from './kernel/chance.ts'
import { Power, PowerCut } from './kernel/power.ts'
import type { SimTime } from './kernel/sim-time.ts'
import type { Trace } from './kernel/trace.ts'
import { SimDatabase } from './world/sim-database.ts'
import { KeyFolder, SimDisk } from './world/sim-disk.ts'
import { SimLink } from './world/sim-link.ts'

/** What an actuator does with an order. */
export type ActuatorMood = 'reports' | 'late' | 'silent' | 'rejects' | 'hangs'

/** What the world hears of a module. */
export interface NodeEvents {
  /** An order came to the actuator; it moves now. */
  acted(node: ModuleNode, order: ActuatorOrder): void
  /** A PIN is about to be compared. */
  comparing(node: ModuleNode): void
  sent(node: ModuleNode, envelope: Uint8Array): void
  lostPower(node: ModuleNode): void
}

export interface NodeOptions {
  readonly id: string
  readonly time: SimTime
  readonly chance: Chance
  readonly trace: Trace
  readonly events: NodeEvents
  /** A folder on the real disk, for locks alone. */
  readonly folder: string
  readonly breakage: Breakage
}

/** A durable record, with what its openings say. */
export interface SeenRecord {
  readonly chainEpoch: number
  readonly number: number
  readonly bytes: Uint8Array
  readonly record: AuditRecord
  /** Credential reference in hex, where it was committed to. */
  readonly credential?: string
}

export class ModuleNode {
  readonly id: string
  readonly keys = new KeyFolder()
  readonly #options: NodeOptions
  /** Cannot be set before the first life. */
  #store: Database | undefined
  #module: SecurityModule | undefined
  #keyStore: KeyStore | undefined
  power = new Power()
  link: SimLink
  lives = 0
  /** Its wall clock minus the truth, and its other clock minus the truth. */
  wallOffsetMs = 0
  monotonicOffsetMs = 0
  hasNetwork = true
  /** When its time was last put on the disk, by true time in milliseconds. */
  clockKeptAt = 0
  /** And by how much its wall clock was wrong then. */
  keptWallOffsetMs = 0
  context: Readonly<Record<string, Readonly<Record<string, DatedValue>>>> = {}
  next: Selection | undefined
  mood: ActuatorMood = 'reports'
  /** Sessions that go on: whoever calls ends one. */
  readonly sessions: (() => void)[] = []
  #status: ModuleStatus | undefined
  #scannedEpoch = 0
  #scannedTo = 0

  constructor(options: NodeOptions) {
    this.id = options.id
    this.#options = options
    this.link = this.#newLink()
  }

  get isOn(): boolean {
    return this.#module !== undefined && this.power.isOn
  }

  get module(): SecurityModule {
    if (this.#module === undefined) throw new Error(`${this.id} is off`)
    return this.#module
  }

  /** What is on the disk, whoever runs. */
  get store(): Database {
    if (this.#store === undefined) throw new Error(`${this.id} never ran`)
    return this.#store
  }

  get keyStore(): KeyStore | undefined {
    return this.#keyStore
  }

  /** Power on. False: it went again before the module had started. */
  async open(cutIn?: number): Promise<boolean> {
    const { id, chance, folder, breakage } = this.#options
    this.lives += 1
    this.power = new Power()
    this.power.whenCut(() => this.#options.events.lostPower(this))
    if (cutIn !== undefined) this.power.cutIn(cutIn)
    const power = this.power
    const random = new SeededRandom(chance.seed())
    this.#store ??= await openLibsql(':memory:')
    const store = this.#store
    this.link = this.#newLink()
    try {
      const disk = new SimDisk(this.keys, power, chance)
      const keyStore = await openSoftwareKeyStore({ folder: 'keys', disk, random })
      const db = breakage.database(new SimDatabase(store, power, () => this.#clockKept()))
      this.#keyStore = keyStore
      const module = await createModule({
        dataFolder: join(folder, `${id}-${this.lives}`),
        moduleId: id,
        ports: breakage.ports(this.#ports(power), db),
        keyStore: this.#watched(keyStore, power),
        random,
        timers: this.#timers(power),
        log: {
          info: () => undefined,
          warn: (event, detail) => {
            if (power.isOn) this.#options.trace.add(`${id} log: ${event} ${JSON.stringify(detail ?? {})}`)
          },
        },
        openDatabase: async () => db,
      })
      this.#module = module
      await module.start()
      return power.isOn
    } catch (error) {
      if (power.isOn) throw error
      return false
    }
  }

  /** The machine is switched off in order. False: it lost its power before the end. */
  async close(): Promise<boolean> {
    const module = this.#module
    this.#module = undefined
    await module?.stop()
    await this.#keyStore?.close()
    if (!this.power.isOn) return false
    this.power.whenCut(() => undefined)
    this.power.cut()
    return true
  }

  /** The plug is pulled. */
  cut(): void {
    this.power.cut()
  }

  /** Forgets the life that a cut ended. */
  bury(): void {
    this.#module = undefined
    // Nothing comes of it but that this process forgets the store.
    this.#keyStore?.close().catch(() => undefined)
    this.#keyStore = undefined
    this.keys.settle(this.#options.chance)
    this.sessions.length = 0
  }

  setNetwork(has: boolean): void {
    this.hasNetwork = has
    this.link.set(has)
  }

  counter(name: string): number {
    const value = this.store.get('SELECT value FROM meta WHERE name = ?', name)?.value
    return typeof value === 'number' ? value : 0
  }

  get chainEpoch(): number {
    return this.counter('chainEpoch')
  }

  get isCommissioned(): boolean {
    return this.#module !== undefined && this.store.get("SELECT 1 FROM trust WHERE name = 'settings'") !== undefined
  }

  /** What the module says of itself; the same one until somebody looks anew. */
  status(): ModuleStatus {
    this.#status ??= this.power.look(() => this.module.status())
    return this.#status
  }

  lookAnew(): void {
    this.#status = undefined
  }

  /** The durable state of the decision; empty before the first bundle. */
  durableState(): { readonly [name: string]: unknown } {
    const row = this.store.get('SELECT json FROM decision_state')
    return row === undefined ? {} : (JSON.parse(String(row.json)) as { readonly [name: string]: unknown })
  }

  hasRecordOf(decisionId: string): boolean {
    return this.store.all('SELECT bytes FROM records ORDER BY number DESC LIMIT 20').some(({ bytes }) => {
      if (!(bytes instanceof Uint8Array)) return false
      const { kind, decisionId: id, decision } = decodeRecord(bytes)
      return kind === 'decision' && id === decisionId && decision === 'permit'
    })
  }

  /** Records that became durable since somebody asked. */
  newRecords(): readonly SeenRecord[] {
    const chainEpoch = this.chainEpoch
    if (chainEpoch !== this.#scannedEpoch) {
      this.#scannedEpoch = chainEpoch
      this.#scannedTo = 0
    }
    const rows = this.store.all(
      'SELECT number, bytes, openings FROM records WHERE number > ? ORDER BY number',
      this.#scannedTo,
    )
    return rows.map(({ number, bytes, openings }) => {
      this.#scannedTo = Number(number)
      const encoded = bytes instanceof Uint8Array ? bytes : new Uint8Array()
      const credential = openings instanceof Uint8Array ? openingOf(openings, 'credential') : undefined
      const record = decodeRecord(encoded)
      return { chainEpoch, number: Number(number), bytes: encoded, record, ...(credential && { credential }) }
    })
  }

  #clockKept(): void {
    this.clockKeptAt = this.#options.time.now()
    this.keptWallOffsetMs = this.wallOffsetMs
  }

  #newLink(): SimLink {
    return new SimLink(this.power, this.hasNetwork, envelope => this.#options.events.sent(this, envelope))
  }

  #timers(power: Power): Timers {
    const { time } = this.#options
    return {
      after: (delayMs, call) => {
        if (!power.isOn) return () => undefined
        return time.after(delayMs, () => {
          if (power.isOn) call()
        })
      },
    }
  }

  #ports(power: Power): ModulePorts {
    const { time } = this.#options
    return {
      clock: { now: () => time.now() + this.wallOffsetMs },
      monotonic: { now: () => time.now() + this.monotonicOffsetMs },
      context: { snapshot: () => this.context },
      contacts: { snapshot: () => ({}) },
      position: { latest: () => undefined },
      panel: {
        take: () => {
          const { next } = this
          this.next = undefined
          return next
        },
        show: () => power.operate(),
      },
      actuator: { act: (order, report) => this.#act(power, order, report) },
      link: this.link,
      simulated: true,
    }
  }

  async #act(power: Power, order: ActuatorOrder, report: (outcome: Outcome) => void): Promise<void> {
    const { time, events } = this.#options
    power.operate()
    if (this.mood === 'rejects') throw new Error('the actuator is broken')
    events.acted(this, order)
    power.operate()
    const isSession = order.obligations.some(obligation => obligation.startsWith('session('))
    const outcome: Outcome = isSession ? 'session-started' : 'entered'
    const say = (word: Outcome): void => {
      if (power.isOn) report(word)
    }
    if (isSession) this.sessions.push(() => say('session-ended'))
    switch (this.mood) {
      case 'hangs':
        return new Promise(() => undefined)
      case 'late':
        time.after(3_000, () => say(outcome))
        return
      case 'reports':
        say(outcome)
        return
      case 'silent':
        return
    }
  }

  /** The store as the module sees it; the world hears of each comparison of a PIN. */
  #watched(keyStore: KeyStore, power: Power): KeyStore {
    return new Proxy(keyStore, {
      get: (target, name) => {
        if (name === 'mac') {
          return async (key: KeyHandle, data: Uint8Array) => {
            power.operate()
            if (key.purpose === 'pin') this.#options.events.comparing(this)
            const mac = await target.mac(key, data)
            power.operate()
            return mac
          }
        }
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }
}

function openingOf(encoded: Uint8Array, field: string): string | undefined {
  const rows = decodeCbor(encoded)
  if (!Array.isArray(rows)) return undefined
  for (const row of rows) {
    if (Array.isArray(row) && row[0] === field && row[2] instanceof Uint8Array) return toHex(row[2])
  }
  return undefined
}

/** Whether an error is only that the machine lost its power. */
export function isPowerCut(error: unknown): boolean {
  return error instanceof PowerCut
}
