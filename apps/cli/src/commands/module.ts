/** The process of one security module. */
import { SystemClock } from '@edgeward/base'
import { runUntilStopped, tellSupervisor } from '../child-process.ts'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { takeProcessZone } from '../module/process-zone.ts'
import { runModule } from '../module/run-module.ts'
import { checkMode } from '../production.ts'
import { SharedClock } from '../shared-clock.ts'

/** Ids of the site file; it becomes the name of a folder. */
const moduleId = /^[a-z0-9][a-z0-9-]{0,62}$/

export interface ModuleOptions {
  readonly data?: string
  readonly id: string
  readonly broker?: string
  readonly simulation?: boolean
  readonly production?: boolean
}

export async function module(options: ModuleOptions): Promise<void> {
  const { simulation = false, production = false, id, broker } = options
  if (!moduleId.test(id))
    throw new CliError(
      'usage',
      `${id} is no id of a module: those have small letters, digits and hyphens, such as edge-hall.`,
    )
  const folder = dataFolderOf(options.data)
  checkMode(folder, { simulation, production })
  const running = await runModule({
    dataFolder: folder.module(id),
    moduleId: id,
    controlSocketPath: folder.controlSocket(id),
    clock: simulation ? new SharedClock(folder.clock) : new SystemClock(),
    simulation,
    production,
    onTimeZone: takeProcessZone,
    ...(broker === undefined ? {} : { brokerAddress: broker }),
  })
  tellSupervisor({ type: 'ready' })
  await runUntilStopped(() => running.stop())
}
