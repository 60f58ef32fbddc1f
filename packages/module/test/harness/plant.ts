/** One module, its world and its service, in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom, SimulatedClock, toHex } from '@edgeward/base'
import { type AuditRecord, decodeRecord, type Site } from '@edgeward/domain'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import { type Opened, transponderThumbprint } from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { type DeviceReport, layOutMailbox, runDevice } from '@edgeward/transponder/aliro'
import {
  createModule,
  type Database,
  type Log,
  openLibsql,
  type Reserve,
  type SecurityModule,
  type TapResult,
} from '../../src/index.ts'
import type {
  ActuatorOrder,
  ContactState,
  DatedValue,
  Display,
  Fix,
  ModulePorts,
  Outcome,
  Selection,
} from '../../src/ports.ts'
import { ManualTimers } from './manual-timers.ts'
import { MemoryField } from './memory-field.ts'
import { TestLink } from './test-link.ts'
import { type DocumentOptions, TestService } from './test-service.ts'
import { siteOf } from './test-site.ts'

/** Tue 24 Nov 2026, 10:30 in Zurich. */
export const start: number = Date.UTC(2026, 10, 24, 9, 30) / 1_000

export interface PlantOptions {
  readonly site?: Site
  readonly seed?: number
  /** Stands between the module and its store. */
  readonly wrapDatabase?: (db: Database) => Database
  /** Default: none. */
  readonly openReserve?: () => Reserve
  readonly wrapPorts?: (ports: ModulePorts) => ModulePorts
  readonly wrapKeyStore?: (keyStore: KeyStore) => KeyStore
  /** Leave the module without site. */
  readonly uncommissioned?: boolean
}

/** What the test decides about the module's surroundings. */
export class Surroundings {
  /** What time it is; service and phones know. */
  readonly truth = new SimulatedClock(start * 1_000)
  /** What the module's wall clock says. */
  readonly wall = new SimulatedClock(start * 1_000)
  readonly monotonic = new SimulatedClock(0)
  readonly timers = new ManualTimers()
  readonly link = new TestLink()
  context: Record<string, Record<string, DatedValue>> = {}
  contacts: Record<string, ContactState> = {}
  positions: Record<string, Fix> = {}
  next: Selection | undefined
  readonly shown: Display[] = []
  readonly orders: ActuatorOrder[] = []
  /** What the actuator reports; undefined: nothing yet. */
  outcome: Outcome | undefined = 'entered'
  report: ((outcome: Outcome) => void) | undefined
  /** Called when the actuator moves, before it reports. */
  onMove: (order: ActuatorOrder) => void = () => undefined

  /** Time goes on, on all clocks; timers of a long time fire for its first minutes alone. */
  advance(ms: number): void {
    this.truth.advance(ms)
    this.wall.advance(ms)
    this.monotonic.advance(ms)
    this.timers.advance(Math.min(ms, 300_000))
  }

  ports(): ModulePorts {
    return {
      clock: this.wall,
      monotonic: this.monotonic,
      context: { snapshot: () => this.context },
      contacts: { snapshot: () => this.contacts },
      position: { latest: thumbprint => this.positions[thumbprint] },
      panel: {
        take: () => {
          const { next } = this
          this.next = undefined
          return next
        },
        show: (_, display) => this.shown.push(display),
      },
      actuator: {
        act: async (order, report) => {
          this.onMove(order)
          this.orders.push(order)
          this.report = report
          const session = order.obligations.some(obligation => obligation.startsWith('session('))
          if (this.outcome !== undefined)
            report(session && this.outcome === 'entered' ? 'session-started' : this.outcome)
        },
      },
      link: this.link,
      simulated: true,
    }
  }
}

export interface Phone {
  readonly publicKey: Uint8Array
  readonly thumbprint: string
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
  document: Uint8Array | undefined
}

export interface TapOutcome extends TapResult {
  /** What the phone was told. */
  readonly reports: readonly DeviceReport[]
  readonly field: MemoryField
}

export class Plant {
  readonly surroundings = new Surroundings()
  readonly folder: string
  readonly service: TestService
  readonly keyStore: KeyStore
  readonly site: Site
  readonly #options: PlantOptions
  readonly #phones: KeyStore
  readonly #random: SeededRandom
  readonly warnings: string[] = []
  module: SecurityModule
  #phoneCount = 0

  private constructor(parts: {
    folder: string
    service: TestService
    keyStore: KeyStore
    phones: KeyStore
    options: PlantOptions
    random: SeededRandom
  }) {
    this.folder = parts.folder
    this.service = parts.service
    this.keyStore = parts.keyStore
    this.#phones = parts.phones
    this.#options = parts.options
    this.#random = parts.random
    this.site = parts.options.site ?? siteOf()
    this.module = undefined as never
  }

  static async create(options: PlantOptions = {}): Promise<Plant> {
    const { seed = 1 } = options
    const random = new SeededRandom(seed)
    const folder = mkdtempSync(join(tmpdir(), 'edgeward-module-'))
    let plant: Plant | undefined
    const service = await TestService.create(seed + 1, () =>
      Math.floor((plant?.surroundings.truth.now() ?? start * 1_000) / 1_000),
    )
    plant = new Plant({
      folder,
      service,
      keyStore: await createMemoryKeyStore(new SeededRandom(seed + 2)),
      phones: await createMemoryKeyStore(new SeededRandom(seed + 3)),
      options,
      random,
    })
    await plant.open()
    if (options.uncommissioned !== true) await plant.commission()
    return plant
  }

  /** Opens (again) the module in this folder. */
  async open(): Promise<void> {
    const {
      wrapDatabase = (db: Database) => db,
      wrapPorts = (ports: ModulePorts) => ports,
      wrapKeyStore = (store: KeyStore) => store,
      openReserve,
    } = this.#options
    const log: Log = {
      info: () => undefined,
      warn: (event, detail) => this.warnings.push(`${event} ${JSON.stringify(detail)}`),
    }
    this.module = await createModule({
      dataFolder: this.folder,
      moduleId: 'edge-1',
      ports: wrapPorts(this.surroundings.ports()),
      keyStore: wrapKeyStore(this.keyStore),
      random: this.#random,
      timers: this.surroundings.timers,
      log,
      openDatabase: async path => wrapDatabase(await openLibsql(path)),
      ...(openReserve === undefined ? {} : { openReserve }),
    })
    await this.module.start()
  }

  async reopen(): Promise<void> {
    await this.module.stop()
    await this.open()
  }

  /** Commissioning, link, signed time, first bundle: as it goes in a plant. */
  async commission(): Promise<void> {
    const { request } = await this.module.commissioningRequest()
    await this.module.acceptCommissioning(await this.service.commission('edge-1', request))
    this.surroundings.link.up()
    await this.settle()
    await this.setTime()
    await this.deliver(await this.service.bundle('edge-1', this.site))
  }

  /** Answers the newest nonce with signed time. */
  async setTime(): Promise<void> {
    const health = (await this.received('health')).at(-1)
    if (health?.type !== 'health' || health.payload.nonce === undefined)
      throw new Error('the module did not ask for the time')
    const time = Math.floor(this.surroundings.truth.now() / 1_000)
    await this.deliver(await this.service.command('edge-1', 'time', { nonce: health.payload.nonce, time }))
  }

  async deliver(envelope: Uint8Array): Promise<void> {
    this.surroundings.link.deliver(envelope)
    await this.settle()
  }

  /** Lets everything run that can run. */
  async settle(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      await this.module.idle()
      this.surroundings.timers.advance(50)
      await new Promise(resolve => setImmediate(resolve))
    }
    await this.module.idle()
  }

  /** What the module has sent of a type. */
  async received(type: Opened['type']): Promise<readonly Opened[]> {
    const opened = await Promise.all(this.surroundings.link.sent.map(envelope => this.service.open('edge-1', envelope)))
    return opened.filter(envelope => envelope.type === type)
  }

  /** All records, asked for until there are no more, after checking chain, MAC and signature of every batch. */
  async records(): Promise<readonly AuditRecord[]> {
    for (let last = -1; last !== this.module.status().records.acknowledged; ) {
      last = this.module.status().records.acknowledged
      await this.acknowledge()
    }
    const byNumber = new Map<number, AuditRecord>()
    for (const envelope of await this.received('audit-batch')) {
      if (envelope.type !== 'audit-batch') continue
      const fault = await this.service.fault('edge-1', envelope.payload)
      if (fault !== undefined) throw new Error(`the batch is no evidence: ${fault}`)
      for (const [i, record] of envelope.payload.records.entries())
        byNumber.set(envelope.payload.first + i, decodeRecord(record))
    }
    return [...byNumber].sort(([a], [b]) => a - b).map(([, record]) => record)
  }

  /** Tells the module that the service has everything that it sent. */
  async acknowledge(): Promise<void> {
    const batch = (await this.received('audit-batch')).at(-1)
    if (batch?.type !== 'audit-batch') return
    const entry = {
      type: 'audit-batch',
      version: batch.payload.last,
      sequence: batch.sequence,
      result: 'done',
    } as const
    await this.deliver(await this.service.seal('edge-1', 'acknowledgement', { acknowledged: [entry], heads: {} }))
  }

  /** A phone with a key of its own and, if asked, a document. */
  async phone(document?: Omit<DocumentOptions, 'phone'>): Promise<Phone> {
    this.#phoneCount += 1
    const keyId = keyIdOf({ site: new Uint8Array(16).fill(this.#phoneCount), purpose: 'wallet-credential' })
    const key: KeyHandle = await this.#phones.generate({
      keyId,
      version: 1,
      purpose: 'wallet-credential',
      algorithm: 'P-256',
    })
    const publicKey = key.publicKey ?? new Uint8Array()
    return {
      publicKey,
      thumbprint: toHex(transponderThumbprint(publicKey)),
      sign: data => this.#phones.sign(key, data),
      document: document && (await this.service.document({ ...document, phone: publicKey })),
    }
  }

  async tap(
    phone: Phone,
    selection?: Selection,
    {
      reader = selection?.asset ?? 'gate',
      field = new MemoryField(),
      settle = true,
      mailbox,
    }: { reader?: string; field?: MemoryField; settle?: boolean; mailbox?: Uint8Array } = {},
  ): Promise<TapOutcome> {
    const { surroundings, service } = this
    surroundings.next = selection
    const reports: DeviceReport[] = []
    const contents =
      phone.document === undefined
        ? []
        : [{ kind: 'credentialDocument', to: service.group, content: phone.document } as const]
    const device = runDevice(
      field,
      {
        groups: [
          {
            groupIdentifier: service.readerGroupId,
            publicKey: service.readerGroupKey,
            credential: {
              publicKey: phone.publicKey,
              mailbox: { data: mailbox ?? layOutMailbox(contents), read: true, write: false },
            },
          },
        ],
      },
      { sign: (_, data) => phone.sign(data), random: this.#random, clock: surroundings.truth },
      report => reports.push(report),
    )
    const result = await this.module.tap(reader, field)
    await device
    if (settle) await this.settle()
    return { ...result, reports, field }
  }

  /** The same when the network hangs and nothing behind the tap will ever be done. */
  tapWithoutSettling(phone: Phone, selection: Selection): Promise<TapOutcome> {
    return this.tap(phone, selection, { settle: false })
  }

  async remove(): Promise<void> {
    await this.module.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const ada = { person: 'ada', credential: 'c-1', roles: ['operator'], pin: '2580', duress: '9137' } as const
export const ben = { person: 'ben', credential: 'c-2', roles: ['operator'], pin: '4711' } as const
export const coco = { person: 'coco', credential: 'c-3', roles: ['cleaning'] } as const

export const operate = (pin?: string): Selection => ({
  asset: 'press',
  function: 'operate',
  side: 'in',
  ...(pin === undefined ? {} : { pin }),
})
export const openGate: Selection = { asset: 'gate', function: 'open', side: 'in' }
