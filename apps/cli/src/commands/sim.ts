/** Moves the simulated world of a demo plant: values, positions, doors, network, clock. */
import { operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import { type DataFolder, dataFolderOf } from '../data-folder.ts'
import { moduleOf, modulesThere, tellModules } from '../demo/simulate-world.ts'
import { operatorApi } from '../operator-api.ts'
import { say, sayJson, siteTime } from '../output.ts'
import { SharedClock } from '../shared-clock.ts'
import { thumbprintsOf } from '../wallets.ts'

interface Common {
  readonly data?: string
  readonly json?: boolean
}

export async function setValues(
  options: Common & { values: readonly string[]; asset?: string; area?: string },
): Promise<void> {
  const folder = dataFolderOf(options.data)
  const { asset, area } = options
  if (asset !== undefined && area !== undefined) throw new CliError('usage', 'Give --asset or --area, not both.')
  const values = Object.fromEntries(options.values.map(readValue))
  await tellModules(
    folder,
    { do: 'context', values, ...(asset === undefined ? {} : { asset }), ...(area === undefined ? {} : { area }) },
    asset,
  )
  report(
    options,
    { values, asset, area },
    `${Object.keys(values).join(', ')} set for ${asset ?? area ?? 'the whole site'}.`,
  )
}

export async function setPosition(options: Common & { name: string; zone: string; distance?: string }): Promise<void> {
  const folder = dataFolderOf(options.data)
  const zones = options.zone === 'none' ? null : [options.zone]
  const distance = options.distance === undefined ? undefined : Number(options.distance)
  if (distance !== undefined && !(distance >= 0)) throw new CliError('usage', '--distance takes metres, such as 1.5.')
  for (const transponder of await thumbprintsOf(folder, options.name)) {
    await tellModules(folder, { do: 'position', transponder, zones, ...(distance === undefined ? {} : { distance }) })
  }
  report(
    options,
    { holder: options.name, zones },
    zones ? `${options.name} stands in ${options.zone}.` : `Nobody knows where ${options.name} is.`,
  )
}

export async function setDoor(options: Common & { door: string; state: string }): Promise<void> {
  if (!['open', 'shut', 'unknown'].includes(options.state))
    throw new CliError('usage', `A door is open, shut or unknown, not ${options.state}.`)
  const folder = dataFolderOf(options.data)
  const module = await moduleOf(folder, options.door)
  await askModule(folder.controlSocket(module), module, { do: 'door', asset: options.door, state: options.state })
  report(options, { door: options.door, state: options.state }, `${options.door} is ${options.state}.`)
}

export async function setNetwork(options: Common & { state: string; module: string }): Promise<void> {
  const state = { cut: 'cut', restore: 'restored' }[options.state]
  if (state === undefined)
    throw new CliError(
      'usage',
      `The network can be cut or restored, not ${options.state}: edgeward sim network cut ${options.module}`,
    )
  const folder = dataFolderOf(options.data)
  const modules = options.module === 'all' ? modulesThere(folder) : [options.module]
  if (options.module !== 'all' && !folder.modules().includes(options.module)) {
    throw new CliError(
      'unknown-module',
      `There is no module ${options.module}. Modules: ${folder.modules().join(', ')}, or all.`,
    )
  }
  await Promise.all(modules.map(module => askModule(folder.controlSocket(module), module, { do: 'network', state })))
  report(
    options,
    { modules, state },
    `The network of ${options.module === 'all' ? 'all modules' : options.module} is ${state}.`,
  )
}

export async function moveClock(options: Common & { forward?: string; to?: string; back?: boolean }): Promise<void> {
  const folder = dataFolderOf(options.data)
  const clock = new SharedClock(folder.clock)
  const { forward, to, back = false } = options
  if (forward !== undefined && to !== undefined) throw new CliError('usage', 'Give --forward or --to, not both.')
  if (forward !== undefined) clock.set(clock.now() + readDuration(forward), { back })
  if (to !== undefined) clock.set(readInstant(to), { back })
  const now = clock.now()
  report(
    options,
    { now: new Date(now).toISOString(), simulated: true },
    `${siteTime(now, await timeZoneOf(folder))} (simulated)`,
  )
}

/** The zone of the site in force; the clock stands there without a service too, in UTC then. */
async function timeZoneOf(folder: DataFolder): Promise<string> {
  try {
    return (await operatorApi(folder).call(operations.status, {})).site?.timeZone ?? 'UTC'
  } catch (error) {
    if (error instanceof CliError && error.code === 'service-away') return 'UTC'
    throw error
  }
}

function report({ json }: Common, value: unknown, sentence: string): void {
  if (json) sayJson(value)
  else say(sentence)
}

/** `machine.state=stopped`: true, false and numbers are meant as such, `null` removes, the rest is text. */
function readValue(text: string): [string, unknown] {
  const at = text.indexOf('=')
  if (at <= 0)
    throw new CliError(
      'usage',
      `${text} is no name=value. Example: edgeward sim set machine.state=stopped --asset reactor-2`,
    )
  const value = text.slice(at + 1)
  const plain = value === 'true' ? true : value === 'false' ? false : value === 'null' ? null : undefined
  const number = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
  return [text.slice(0, at), plain === undefined ? (number ?? value) : plain]
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function readDuration(text: string): number {
  const [, sign, count, unit] = /^(-?)(\d+)([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (unitMs[unit ?? ''] ?? Number.NaN)
  if (!Number.isFinite(ms)) throw new CliError('usage', `${text} is no duration. Examples: 90s, 30m, 8h, 2d.`)
  return sign === '-' ? -ms : ms
}

function readInstant(text: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant))
    throw new CliError('usage', `${text} is no instant with an offset. Example: 2026-11-24T22:30:00+01:00`)
  return instant
}
