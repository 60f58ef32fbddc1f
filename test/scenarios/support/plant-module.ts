/** A security module as it runs in a plant, but in this process: software key store, SQLite, MQTT, simulated field. */
import { join } from 'node:path'
import { type Clock, SystemRandom } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import {
  createModule,
  type Database,
  type Log,
  MqttLink,
  openLibsql,
  type SecurityModule,
  type TapResult,
} from '@edgeward/module'
import type { LinkPort } from '@edgeward/module/ports'
import type { TapReport, Wallet } from '@edgeward/wallet'
import { type Choice, Field } from './field.ts'
import type { PlantTime } from './plant-time.ts'
import { until } from './until.ts'
import { Wire } from './wire.ts'

export interface Tapped extends TapResult {
  /** What the phone saw of it. */
  readonly phone: TapReport
}

export class PlantModule {
  readonly id: string
  readonly folder: string
  readonly field: Field
  readonly wire: Wire
  /** Lines that it logged. */
  readonly log: string[] = []
  /** How far its clock on the wall is off. */
  wallOffsetMs = 0
  readonly #time: PlantTime
  #open: { readonly module: SecurityModule; readonly keyStore: KeyStore; readonly link: LinkPort } | undefined
  #isCut = false

  private constructor(options: { id: string; folder: string; time: PlantTime; wire: Wire }) {
    this.id = options.id
    this.folder = options.folder
    this.wire = options.wire
    this.#time = options.time
    this.field = new Field(() => this.#time.wall.now())
  }

  static async open(options: {
    readonly id: string
    readonly folder: string
    readonly time: PlantTime
    readonly brokerPort: () => number
  }): Promise<PlantModule> {
    const wire = await Wire.open({ target: options.brokerPort })
    const module = new PlantModule({ ...options, wire })
    await module.start()
    return module
  }

  get module(): SecurityModule {
    if (this.#open === undefined) throw new Error(`${this.id} does not run`)
    return this.#open.module
  }

  /** Where its keys lie. */
  get keyFolder(): string {
    return join(this.folder, 'keys')
  }

  /** Its process starts. */
  async start(): Promise<void> {
    const { field } = this
    const keyStore = await openSoftwareKeyStore({ folder: this.keyFolder })
    const link = this.#isCut ? unplugged : this.#pluggedIn()
    const wall: Clock = { now: () => this.#time.wall.now() + this.wallOffsetMs }
    const module = await createModule({
      dataFolder: this.folder,
      moduleId: this.id,
      ports: {
        ...{ link, clock: wall, monotonic: this.#time.monotonic, simulated: true },
        ...{ context: field.context, panel: field.panel, actuator: field.actuator },
        contacts: { snapshot: () => ({}) },
        position: { latest: () => undefined },
      },
      keyStore,
      random: new SystemRandom(),
      timers: this.#time.timers,
      log: this.#logger(),
    })
    this.#open = { module, keyStore, link }
    await module.start()
    await this.listen()
  }

  /** Its process ends. */
  async stop(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await this.field.close()
    await open?.module.stop()
    await open?.keyStore.close()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** The same with its cable pulled out: nothing comes and nothing goes until `plugIn`. */
  async unplug(): Promise<void> {
    this.#isCut = true
    await this.restart()
  }

  async plugIn(): Promise<void> {
    this.#isCut = false
    await this.restart()
    await this.online()
  }

  /** Resolves when it is on line. */
  online(): Promise<true> {
    return until(`${this.id} is on line`, () => this.module.status().link === 'up')
  }

  /** Phones may come to the readers of the bundle in force. */
  async listen(): Promise<void> {
    await this.field.close()
    await this.field.listen(this.module.readers, (reader, card) => this.module.tap(reader, card))
  }

  /** Chooses at the machine, then holds the phone to the reader there. */
  async tap(wallet: Wallet, choice: Choice): Promise<Tapped> {
    const place = this.module.readers.find(({ asset, side }) => asset === choice.asset && side === choice.side)
    if (place === undefined) throw new Error(`${this.id} has no reader for ${choice.asset}`)
    const { port, result } = this.field.choose(place.reader, choice)
    const phone = await wallet.tap(port)
    return { ...(await result), phone }
  }

  /** Its store, while it does not run: for whoever has stolen the disk. */
  async onDisk<T>(look: (db: Database) => T): Promise<T> {
    if (this.#open !== undefined) throw new Error(`${this.id} runs`)
    const db = await openLibsql(join(this.folder, 'store.db'))
    try {
      return look(db)
    } finally {
      db.close()
    }
  }

  async remove(): Promise<void> {
    await this.stop()
    await this.wire.close()
  }

  #pluggedIn(): LinkPort {
    const link = new MqttLink(this.#logger(), { random: new SystemRandom(), reconnectMs: 200 })
    return {
      get state() {
        return link.state
      },
      start: (on, account) => link.start(on, { ...account, address: this.wire.address }),
      send: envelope => link.send(envelope),
      stop: () => link.stop(),
    }
  }

  #logger(): Log {
    const line =
      (level: string): Log['info'] =>
      (event, detail = {}) =>
        this.log.push(`${level} ${event} ${JSON.stringify(detail)}`)
    return { info: line('info'), warn: line('warn') }
  }
}

const unplugged: LinkPort = {
  state: 'down',
  start: () => undefined,
  send: async () => false,
  stop: async () => undefined,
}
