/** A module of the example plant, commissioned by a stand-in, in a data folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, SystemRandom } from '@edgeward/base'
import type { Site } from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import {
  createModule,
  type Database,
  type Log,
  openLibsql,
  type SecurityModule,
  type TapResult,
} from '@edgeward/module'
import type { ActuatorPort, LinkPort, ModulePorts, Selection } from '@edgeward/module/ports'
import { systemTimer } from '@edgeward/transponder/carriers'
import { CliError } from '../cli-error.ts'
import { DataFolder } from '../data-folder.ts'
import { demoSiteFile } from '../demo/demo-plan.ts'
import { BenchPhone, type TimedField } from './bench-phone.ts'
import { StandInService } from './stand-in-service.ts'

/** The module of the production hall: its door needs a role, a reactor a PIN, a qualification and a place to stand. */
export const benchModuleId = 'edge-hall'
const benchPin = '2580'
const timeZone = 'Europe/Zurich'
/** A Tuesday morning on which the example's rules hold. */
export const benchStartMs: number = Date.UTC(2026, 10, 24, 8, 30)

export const withoutPin: Selection = { asset: 'hall-door', side: 'in', function: 'open' }
export const withPin: Selection = { asset: 'reactor-1', side: 'in', function: 'operate', pin: benchPin }

const holder = {
  ...{ person: 'ada', credential: 'c-2001', pin: benchPin },
  roles: ['operator', 'shift-lead'],
  qualifications: ['induction', 'reactor-licence'],
}

/** What a bench holds in its hands. */
export interface BenchModule {
  readonly module: SecurityModule
  readonly phone: BenchPhone
  /** Holds the phone to the reader of what is chosen there. */
  tap(selection: Selection, field: TimedField): Promise<TapResult>
  /** Ends the module; what it left stays in the data folder. */
  stop(): Promise<void>
}

/** A data folder that is gone when `remove` is called; on the disk that a plant would use, if one is named. */
export function benchFolder(beside?: string): { readonly folder: DataFolder; readonly remove: () => void } {
  const root = mkdtempSync(join(beside ?? tmpdir(), 'edgeward-bench-'))
  return { folder: new DataFolder(root), remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** Makes, commissions and starts a module, with a phone that may open. */
export async function startBenchModule(
  folder: DataFolder,
  clock: Clock,
  actuator: ActuatorPort,
  { wrapDatabase = db => db }: { readonly wrapDatabase?: (db: Database) => Database } = {},
): Promise<BenchModule> {
  const service = await StandInService.create(() => Math.floor(clock.now() / 1_000))
  const phone = await BenchPhone.create(clock)
  await phone.enrol(service, holder)
  const dataFolder = folder.module(benchModuleId)
  const keyStore = await openSoftwareKeyStore({ folder: join(dataFolder, 'keys') })
  const link = new SilentLink()
  let next: Selection | undefined
  const panel = { take: () => next, show: () => undefined }
  const module = await createModule({
    ...{ dataFolder, moduleId: benchModuleId, keyStore, random: new SystemRandom(), timers: systemTimer },
    log: quiet,
    openDatabase: async path => wrapDatabase(await openLibsql(path)),
    ports: portsOf({ clock, link, panel, actuator }),
  })
  await module.start()
  const { request } = await module.commissioningRequest()
  await module.acceptCommissioning(await service.commission(benchModuleId, request, timeZone))
  link.deliver(await service.bundle(benchModuleId, exampleSite()))
  await module.idle()
  if (module.readers.length === 0) throw new CliError('no-readers', 'The module of the bench did not take its bundle.')
  return {
    ...{ module, phone },
    async tap(selection, field) {
      next = selection
      const held = phone.hold(field)
      const result = await module.tap(readerOf(module, selection), field)
      await held
      return result
    },
    async stop() {
      await module.stop()
      await keyStore.close()
    },
  }
}

function readerOf(module: SecurityModule, { asset, side }: Selection): string {
  const place = module.readers.find(each => each.asset === asset && each.side === side)
  if (place === undefined) throw new CliError('no-reader', `There is no reader at ${asset}.`)
  return place.reader
}

function portsOf(parts: Pick<ModulePorts, 'clock' | 'link' | 'panel' | 'actuator'>): ModulePorts {
  return {
    ...parts,
    monotonic: { now: () => parts.clock.now() - benchStartMs },
    context: { snapshot: () => ({}) },
    contacts: { snapshot: () => ({}) },
    position: {
      latest: () => ({ at: Math.floor(parts.clock.now() / 1_000), zones: ['reactor-pad'], source: 'simulated' }),
    },
    simulated: true,
  }
}

function exampleSite(): Site {
  const { site } = parseSiteFile(readFileSync(demoSiteFile, 'utf8'), demoSiteFile)
  if (site === undefined) throw new CliError('bad-example', `${demoSiteFile} does not read.`)
  return site
}

/** A network that brings what the bench delivers and takes nothing. */
class SilentLink implements LinkPort {
  readonly state = 'down'
  #received: (envelope: Uint8Array) => void = () => undefined

  start(on: Parameters<LinkPort['start']>[0]): void {
    this.#received = on.received
  }
  async send(): Promise<boolean> {
    return false
  }
  async stop(): Promise<void> {
    this.#received = () => undefined
  }
  deliver(envelope: Uint8Array): void {
    this.#received(envelope)
  }
}

const quiet: Log = {
  info: () => undefined,
  warn: (event, detail) => process.stderr.write(`${event} ${JSON.stringify(detail ?? {})}\n`),
}
