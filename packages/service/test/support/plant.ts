/** A service for tests: real database, broker and server; a clock that stands still; keys in memory. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatedClock, SystemRandom } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { answerOf, type Operation, requestOf } from '../../src/api/index.ts'
import { type Service, startService } from '../../src/service.ts'
import { systemTimers, type Timers } from '../../src/timers.ts'
import { runAs, type TestServer } from './database.ts'
import { FakeModule } from './fake-module.ts'

export const plantFile: string = readFileSync(
  join(import.meta.dirname, '../../../../vectors/plant/chemical-plant.yaml'),
  'utf8',
)
/** 11:00 at the plant, a Tuesday. */
export const plantStart: number = Date.UTC(2026, 10, 24, 10, 0, 0)

export interface Plant {
  readonly service: Service
  readonly clock: SimulatedClock
  readonly keyStore: KeyStore
  readonly folder: string
  /** Everything that the service logged. */
  readonly log: string[]
  /** Rows of the service's own database, by the owner of its tables. */
  rows(text: string): Promise<readonly unknown[]>
  readonly urls: { readonly databaseUrl: string; readonly databaseOwnerUrl: string }
  /** Calls over the operator socket. */
  call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R>
  /** A commissioned, connected module. */
  module(id: string): Promise<FakeModule>
  /** Ends the service and starts it again on the same database and keys. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface PlantOptions {
  readonly site?: string | undefined
  readonly timers?: Timers
  readonly consoleFolder?: string
  readonly logLevel?: string
  readonly siteThread?: URL
  /** Keys on disk as every installation has them, in `service/keys` of the folder, instead of in memory. */
  readonly ownKeys?: boolean
}

/** Starts a service on a fresh database and applies the chemical plant (or another site; `''`: none). */
export async function startPlant(server: TestServer, options: PlantOptions = {}): Promise<Plant> {
  const folder = mkdtempSync(join(tmpdir(), 'ew-'))
  const clock = new SimulatedClock(plantStart)
  const keyStore = await createMemoryKeyStore()
  const { name: database, ...urls } = await server.create()
  const log: string[] = []
  const modules: FakeModule[] = []
  const ports = { httpPort: 0, mqttPort: 0 }
  const start = (): Promise<Service> =>
    startService({
      dataFolder: folder,
      ...urls,
      ...ports,
      clock,
      random: new SystemRandom(),
      timers: options.timers ?? systemTimers,
      ...(options.ownKeys !== true && { openKeyStore: async () => unclosed(keyStore) }),
      simulation: true,
      log: { write: line => void log.push(line) },
      logLevel: options.logLevel ?? 'info',
      ...(options.siteThread !== undefined && { siteThread: options.siteThread }),
      ...(options.consoleFolder !== undefined && { consoleFolder: options.consoleFolder }),
    })
  const state = { service: await start() }
  const call: Plant['call'] = async (operation, input) => {
    const { method, path, body } = requestOf(operation, input)
    const { status, json } = await socketRequest(state.service.operatorSocket, { method, path, body })
    return answerOf(operation, { status, json })
  }
  const plant: Plant = {
    get service() {
      return state.service
    },
    clock,
    keyStore,
    folder,
    log,
    urls,
    rows: text => runAs(server.host, 'edgeward_owner', text, database),
    call,
    async module(id) {
      const module = await FakeModule.commission(plant, id)
      modules.push(module)
      await module.connect()
      return module
    },
    async restart() {
      ports.mqttPort = state.service.mqttPort
      await state.service.stop()
      state.service = await start()
    },
    async stop() {
      for (const module of modules) await module.disconnect()
      await state.service.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  const site = options.site ?? plantFile
  if (site !== '') {
    const { operations } = await import('../../src/api/operations.ts')
    await call(operations.applySite, { text: site, fileName: 'site.yaml' })
  }
  return plant
}

/** A key store that outlives the service that it is given to. */
function unclosed(store: KeyStore): KeyStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'close') return async () => undefined
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: unknown
}

interface ToSend {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: string
}

/** A request over a Unix socket. */
export function socketRequest(socketPath: string, sent: ToSend): Promise<Answer> {
  return send({ socketPath }, sent)
}

/** A request over TCP, with the headers given and no others. */
export function tcpRequest(url: string, sent: ToSend): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return send({ host: hostname, port: Number(port) }, sent)
}

function send(to: object, { method, path, body, headers = {}, raw }: ToSend): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const length: Record<string, string> =
      text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    const type: Record<string, string> =
      text === undefined || raw !== undefined ? {} : { 'content-type': 'application/json' }
    const sent = request(
      { ...to, method, path, headers: { ...type, ...length, ...headers }, agent: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString('utf8')
          const isJson = response.headers['content-type']?.includes('json') && answer !== ''
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: answer,
            json: isJson ? (JSON.parse(answer) as unknown) : undefined,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}
