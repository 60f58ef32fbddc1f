/**
 * What synchronisation costs, with processes as in the demo: a service with PostgreSQL and broker, ten modules.
 * First how long a change of the site takes from the answer `accepted` to the last acknowledgement; then how quickly
 * records that waited at one module are delivered and acknowledged.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { operations } from '@edgeward/service/api'
import { askModule } from '../control-client.ts'
import { DataFolder } from '../data-folder.ts'
import { commissionAll } from '../demo/commission.ts'
import { demoSiteFile } from '../demo/demo-plan.ts'
import { Supervisor } from '../demo/supervisor.ts'
import { inForce, waitUntilInForce } from '../demo/wait-until-in-force.ts'
import { type OperatorApi, operatorApi } from '../operator-api.ts'
import { openWalletFolder } from '../wallets.ts'
import type { Bench, BenchOptions, Figure } from './bench.ts'
import { quantile } from './quantiles.ts'
import { leaveRecords } from './waiting-records.ts'

const changes = 40
const warmUps = 5
const changeLimitMs = 1_000
const waitingRecords = 10_000
/** Nobody asks for a figure; a plant that was alone for a week should be up to date within a minute. */
const leastRecordsASecond = 2_000
const lookMs = 10
const recordsModule = 'edge-hall'
const holder = { id: 'ben', credential: 'c-2002', asset: 'hall-door', function: 'open' }

/** The bench `sync`. */
export const sync: Bench = async options => {
  const folder = new DataFolder(mkdtempSync(join(tmpdir(), 'edgeward-bench-')))
  folder.create()
  const plant = new BenchPlant(folder, options)
  try {
    const site = readFileSync(demoSiteFile, 'utf8')
    await plant.startAll(site)
    const change = await measureChanges(plant, site, options)
    const records = await measureRecords(plant, options)
    return { figures: [...change.figures, ...records.figures], detail: { ...change.detail, ...records.detail } }
  } finally {
    await plant.remove()
  }
}

interface Measured {
  readonly figures: readonly Figure[]
  readonly detail: Readonly<Record<string, unknown>>
}

class BenchPlant {
  readonly folder: DataFolder
  readonly api: OperatorApi
  readonly #options: BenchOptions
  #supervisor: Supervisor
  #mqttPort = 0

  constructor(folder: DataFolder, options: BenchOptions) {
    this.folder = folder
    this.api = operatorApi(folder)
    this.#options = options
    this.#supervisor = this.#newSupervisor()
  }

  async startAll(site: string): Promise<void> {
    await this.startService()
    await this.api.call(operations.applySite, { text: site, fileName: 'site.yaml' })
    const { modules } = await this.api.call(operations.modules, {})
    for (const { id } of modules) await this.startModule(id)
    await commissionAll(
      this.folder,
      this.api,
      modules.map(({ id }) => id),
      this.#options.progress,
    )
    await waitUntilInForce(this.api)
  }

  /** At the port of the broker that it had before. */
  async startService(): Promise<void> {
    const ports = ['--port', '0', '--mqtt-port', String(this.#mqttPort)]
    const ready = await this.#supervisor.start('service', [
      'serve',
      '--data',
      this.folder.root,
      '--simulation',
      ...ports,
    ])
    this.#mqttPort = ready.mqttPort ?? 0
    this.#supervisor.writeRun({ console: ready.url })
  }

  async startModule(id: string): Promise<void> {
    const broker = `mqtt://127.0.0.1:${this.#mqttPort}`
    await this.#supervisor.start(id, ['module', id, '--data', this.folder.root, '--simulation', '--broker', broker])
  }

  ask<Reply>(module: string, request: { readonly do: string } & Record<string, unknown>): Promise<Reply> {
    return askModule<Reply>(this.folder.controlSocket(module), module, request)
  }

  /** Everything ends; what is started afterwards goes on from there. */
  async stop(): Promise<void> {
    await this.#supervisor.stop()
    this.#supervisor = this.#newSupervisor()
  }

  async remove(): Promise<void> {
    await this.#supervisor.stop()
    const pointer = join(this.folder.root, 'database.location')
    if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
    rmSync(this.folder.root, { recursive: true, force: true })
  }

  #newSupervisor(): Supervisor {
    return new Supervisor(this.folder, this.#options.progress)
  }
}

/** Changes that every module's bundle shows, one after the other. */
async function measureChanges({ api }: BenchPlant, site: string, { progress }: BenchOptions): Promise<Measured> {
  const inForceMs: number[] = []
  const acceptedMs: number[] = []
  for (let i = 0; i < warmUps + changes; i++) {
    progress(`A change of the site, acknowledged by ten modules: ${i + 1} of ${warmUps + changes}`)
    const text = site.replace(/^( *pinTries:).*$/m, `$1 ${3 + (i % 4)}`)
    const asked = performance.now()
    const applied = await api.call(operations.applySite, { text, fileName: 'site.yaml' })
    const accepted = performance.now()
    const changed = applied.modules.filter(({ desired, effective }) => desired > effective).length
    if (changed !== applied.modules.length) throw new Error(`the change concerned ${changed} modules`)
    while (!(await api.call(operations.modules, {})).modules.every(inForce)) await delay(lookMs)
    if (i < warmUps) continue
    acceptedMs.push(accepted - asked)
    inForceMs.push(performance.now() - accepted)
  }
  const at = (share: number): number => quantile(inForceMs, share)
  return {
    figures: [
      { name: 'site change, accepted to tenth acknowledgement, p50', value: at(0.5), unit: 'ms' },
      { name: 'site change, accepted to tenth acknowledgement, p95', value: at(0.95), unit: 'ms' },
      {
        name: 'site change, accepted to tenth acknowledgement, max',
        value: Math.max(...inForceMs),
        unit: 'ms',
        limit: { atMost: changeLimitMs },
      },
      { name: 'site change, asked to accepted, p50', value: quantile(acceptedMs, 0.5), unit: 'ms' },
    ],
    detail: { changes, modules: 10, inForceMs, acceptedMs },
  }
}

interface ModuleStatus {
  readonly link: string
  readonly records: { readonly last: number; readonly acknowledged: number }
}

/** As many records as a long time without the service leaves, then the cable is put in again. */
async function measureRecords(plant: BenchPlant, { progress }: BenchOptions): Promise<Measured> {
  await tapOnce(plant)
  await plant.stop()
  progress(`${waitingRecords} records wait at ${recordsModule}`)
  const bytes = await leaveRecords(join(plant.folder.module(recordsModule), 'store.db'), waitingRecords)
  await plant.startModule(recordsModule)
  await plant.ask(recordsModule, { do: 'network', state: 'cut' })
  await plant.startService()
  const status = (): Promise<ModuleStatus> => plant.ask<ModuleStatus>(recordsModule, { do: 'status' })
  const before = await status()
  const waiting = before.records.last - before.records.acknowledged
  if (waiting < waitingRecords) throw new Error(`only ${waiting} records wait`)
  progress(`${waiting} records are delivered`)
  const began = performance.now()
  await plant.ask(recordsModule, { do: 'network', state: 'restored' })
  for (let seen = before; seen.records.acknowledged < before.records.last; seen = await status()) await delay(lookMs)
  const seconds = (performance.now() - began) / 1_000
  return {
    figures: [
      {
        name: `${waitingRecords} records, cable in to last acknowledgement`,
        value: waiting / seconds,
        unit: 'records/s',
        limit: { atLeast: leastRecordsASecond },
      },
      { name: `${waitingRecords} records, cable in to last acknowledgement`, value: seconds, unit: 's' },
    ],
    detail: { waiting, recordBytes: bytes, module: 'a process of its own' },
  }
}

/** A real tap, so that there are real records to make more of. */
async function tapOnce(plant: BenchPlant): Promise<void> {
  const wallet = await openWalletFolder(plant.folder, holder.id)
  try {
    const { code } = await plant.api.call(operations.invite, { credential: holder.credential })
    await wallet.enrol(code)
    const { port, ticket } = await plant.ask<{ port: number; ticket: string }>(recordsModule, {
      do: 'panel',
      asset: holder.asset,
      function: holder.function,
      side: 'in',
    })
    await wallet.tap(port)
    await plant.ask(recordsModule, { do: 'result', ticket })
  } finally {
    await wallet.close()
  }
}
