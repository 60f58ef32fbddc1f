/** A whole plant in one process: the trusted service with its database and broker, modules, and phones that tap. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase64url, SystemRandom, toBase64url } from '@edgeward/base'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import { type Service, startService } from '@edgeward/service'
import {
  answerOf,
  type EventRow,
  type EventsQuery,
  type ModuleHealth,
  type Operation,
  operations,
  requestOf,
} from '@edgeward/service/api'
import { openWallet, type Wallet, type WalletApi } from '@edgeward/wallet'
import { PlantModule, type Tapped } from './plant-module.ts'
import { PlantTime } from './plant-time.ts'
import { until } from './until.ts'
import { worksSite } from './works-site.ts'

export interface PlantOptions {
  /** Text of the site file. Default: the small works. */
  readonly site?: string
  /** Modules to commission. Default: both of the works. */
  readonly modules?: readonly string[]
  readonly logLevel?: string
}

export interface TapOptions {
  readonly pin?: string
  readonly side?: 'in' | 'out'
}

export class Plant {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'edgeward-scenario-'))
  readonly time = new PlantTime()
  /** Lines that the service logged. */
  readonly log: string[] = []
  readonly modules = new Map<string, PlantModule>()
  readonly phones = new Map<string, Wallet>()
  readonly #logLevel: string
  readonly #ports = { httpPort: 0, mqttPort: 0 }
  #service: Service | undefined

  private constructor(logLevel: string) {
    this.#logLevel = logLevel
  }

  /** Starts a service on an empty folder, applies the site, commissions modules, waits until everything is in force. */
  static async start(options: PlantOptions = {}): Promise<Plant> {
    const { site = worksSite, modules = ['edge-hall', 'edge-yard'], logLevel = 'info' } = options
    const plant = new Plant(logLevel)
    try {
      await plant.startService()
      await plant.apply(site)
      for (const id of modules) await plant.#commission(id)
      await plant.current()
      for (const module of plant.modules.values()) await module.listen()
      return plant
    } catch (error) {
      await plant.remove()
      throw error
    }
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error('the service does not run')
    return this.#service
  }

  /** The whole service, database and broker included. At the ports that it had before. */
  async startService(): Promise<void> {
    this.#service = await startService({
      dataFolder: this.folder,
      ...this.#ports,
      clock: this.time.wall,
      timers: this.time.timers,
      simulation: true,
      log: { write: line => void this.log.push(line) },
      logLevel: this.#logLevel,
    })
    this.#ports.mqttPort = this.#service.mqttPort
    this.#ports.httpPort = Number(new URL(this.#service.url).port)
  }

  async stopService(): Promise<void> {
    const service = this.#service
    this.#service = undefined
    await service?.stop()
  }

  /** Calls the service over the operator socket. Throws an ApiError with its refusal. */
  async call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R> {
    const { method, path, body } = requestOf(operation, input)
    const answer = await askSocket(this.service.operatorSocket, { method, path, body })
    return answerOf(operation, answer)
  }

  async apply(text: string): Promise<number> {
    return (await this.call(operations.applySite, { text, fileName: 'works.yaml' })).version
  }

  async events(query: EventsQuery = {}): Promise<readonly EventRow[]> {
    return (await this.call(operations.events, { limit: 500, ...query })).events
  }

  /** The record of a decision, as soon as the service has it. */
  arrived(decisionId: string): Promise<EventRow> {
    return until(`the record of ${decisionId} arrives`, async () =>
      (await this.events()).find(event => event.kind === 'decision' && event.decisionId === decisionId),
    )
  }

  async health(id: string): Promise<ModuleHealth> {
    const { modules } = await this.call(operations.modules, {})
    const found = modules.find(module => module.id === id)
    if (found === undefined) throw new Error(`the service knows no module ${id}`)
    return found
  }

  /** Resolves when everything meant for the modules of this plant is in force there, and every record of theirs is here. */
  async current(): Promise<void> {
    for (const [id, { module }] of this.modules) {
      await until(`everything is in force at ${id}`, async () => {
        const { link, bundle, revocations, keys } = await this.health(id)
        const done = [bundle, revocations, keys].every(({ desired, effective }) => effective >= desired)
        const { last, acknowledged } = module.status().records
        return link === 'connected' && bundle.effective > 0 && done && last === acknowledged
      })
    }
  }

  module(id: string): PlantModule {
    const module = this.modules.get(id)
    if (module === undefined) throw new Error(`this plant has no module ${id}`)
    return module
  }

  /** Gives somebody a phone with this credential. */
  async enrol(name: string, credential: string): Promise<Wallet> {
    const { code } = await this.call(operations.invite, { credential })
    const wallet = await this.emptyPhone(name)
    await wallet.enrol(code)
    this.phones.set(name, wallet)
    return wallet
  }

  /** A phone with nothing on it yet, or with what lies in its folder. */
  async emptyPhone(name: string): Promise<Wallet> {
    const folder = this.phoneFolder(name)
    return openWallet({
      folder,
      keyStore: await openSoftwareKeyStore({ folder: join(folder, 'keys') }),
      api: this.walletApi,
      clock: this.time.wall,
      random: new SystemRandom(),
    })
  }

  phoneFolder(name: string): string {
    return join(this.folder, 'wallets', name)
  }

  phone(name: string): Wallet {
    const wallet = this.phones.get(name)
    if (wallet === undefined) throw new Error(`${name} has no phone`)
    return wallet
  }

  /** Sets somebody's PIN and lets the phone fetch documents that carry it. */
  async setPin(name: string, pins: { readonly pin: string; readonly duress?: string }): Promise<void> {
    await this.call(operations.setPin, { person: name, ...pins })
    await this.phone(name).refresh()
  }

  /** Chooses a function at a machine, types the PIN if there is one, holds the phone to the reader. */
  tap(name: string, asset: string, fn: string, { pin, side = 'in' }: TapOptions = {}): Promise<Tapped> {
    const module = [...this.modules.values()].find(each => each.module.status().guards.includes(asset))
    if (module === undefined) throw new Error(`no module of this plant guards ${asset}`)
    return module.tap(this.phone(name), { asset, function: fn, side, ...(pin === undefined ? {} : { pin }) })
  }

  /** How phones reach the service: by its public address, as anybody does. */
  readonly walletApi: WalletApi = {
    call: async (operation, input) => {
      const { method, path, body } = requestOf(operation, input)
      if (this.#service === undefined) throw away()
      const response = await fetch(new URL(path, this.#service.url), {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      return answerOf(operation, { status: response.status, json: await response.json() })
    },
  }

  /** Where PostgreSQL has its files. */
  get databaseFolder(): string {
    const pointer = join(this.folder, 'database.location')
    return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(this.folder, 'database')
  }

  /** Ends everything and leaves nothing behind. */
  async remove(): Promise<void> {
    for (const wallet of this.phones.values()) await wallet.close()
    for (const module of this.modules.values()) await module.remove()
    await this.stopService()
    rmSync(this.databaseFolder, { recursive: true, force: true })
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #commission(id: string): Promise<void> {
    const module = await PlantModule.open({
      id,
      folder: join(this.folder, 'modules', id),
      time: this.time,
      brokerPort: () => this.#ports.mqttPort,
    })
    this.modules.set(id, module)
    const { order } = await this.call(operations.orderCommissioning, { module: id })
    const { request: statement, fingerprint } = await module.module.commissioningRequest()
    const answer = await this.call(operations.commission, { order, request: toBase64url(statement) })
    if (answer.fingerprint !== fingerprint) throw new Error(`${id} shows other words than the service`)
    await module.module.acceptCommissioning(fromBase64url(answer.package))
    await module.online()
  }
}

const away = (): Error => Object.assign(new Error('the service is away'), { code: 'service-away' })

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

function askSocket(socketPath: string, { method, path, body }: Asked): Promise<{ status: number; json: unknown }> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const sent = request({ socketPath, method, path, headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, json: answer === '' ? undefined : (JSON.parse(answer) as unknown) })
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}
