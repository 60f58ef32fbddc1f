/** Tells the modules what the plan says of sensors and positions, through the ports that connectors will use. */
import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import type { DataFolder } from '../data-folder.ts'
import { didYouMean } from '../did-you-mean.ts'
import { startHint } from '../start-hint.ts'
import { thumbprintsOf } from '../wallets.ts'
import type { DemoPlan } from './demo-plan.ts'

export async function simulateWorld(folder: DataFolder, plan: DemoPlan): Promise<void> {
  for (const { values, asset, area } of plan.context) {
    await tellModules(
      folder,
      { do: 'context', values, ...(asset === undefined ? {} : { asset }), ...(area === undefined ? {} : { area }) },
      asset,
    )
  }
  for (const { holder, zones, distance } of plan.positions) {
    for (const transponder of await thumbprintsOf(folder, holder)) {
      await tellModules(folder, { do: 'position', transponder, zones, ...(distance === undefined ? {} : { distance }) })
    }
  }
}

/** Says something to every module, or to the one that guards an asset. */
export async function tellModules(
  folder: DataFolder,
  request: { readonly do: string } & Record<string, unknown>,
  asset?: string,
): Promise<void> {
  const modules = asset === undefined ? modulesThere(folder) : [await moduleOf(folder, asset)]
  await Promise.all(modules.map(module => askModule(folder.controlSocket(module), module, request)))
}

/** The modules of a folder. Throws a CliError `no-plant` when there are none: nothing would be told to nobody. */
export function modulesThere(folder: DataFolder): readonly string[] {
  const modules = folder.modules()
  if (modules.length === 0)
    throw new CliError('no-plant', `There is no module in ${folder.root}. Start the plant with ${startHint(folder)}.`)
  return modules
}

/** What a module says of itself; the part that the command line needs. */
export interface ModuleStatus {
  readonly module: string
  readonly guards: readonly string[]
  readonly readers: readonly {
    readonly reader: string
    readonly asset: string
    readonly side: 'in' | 'out'
    readonly port?: number
  }[]
}

/** The module that guards an asset. Throws a CliError that lists what there is. */
export async function moduleOf(folder: DataFolder, asset: string): Promise<string> {
  const all = await Promise.all(
    modulesThere(folder).map(module => askModule<ModuleStatus>(folder.controlSocket(module), module, { do: 'status' })),
  )
  const found = all.find(({ guards }) => guards.includes(asset))
  if (!found) {
    const assets = all.flatMap(({ guards }) => guards)
    throw new CliError(
      'unknown-asset',
      `No module guards ${asset}.${didYouMean(asset, assets)} Assets: ${assets.join(', ')}.`,
    )
  }
  return found.module
}
