/** The process of one security module. */
import { SystemClock } from '@edgeward/base'
import { runUntilStopped, tellSupervisor } from '../child-process.ts'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { runModule } from '../module/run-module.ts'
import { SharedClock } from '../shared-clock.ts'

export interface ModuleOptions {
  readonly data?: string
  readonly id: string
  readonly broker?: string
  readonly simulation?: boolean
  readonly production?: boolean
}

export async function module(options: ModuleOptions): Promise<void> {
  const { simulation = false, production = false, id, broker } = options
  if (simulation && production)
    throw new CliError('simulation-in-production', '--simulation and --production exclude each other (R12).')
  const folder = dataFolderOf(options.data)
  const running = await runModule({
    dataFolder: folder.module(id),
    moduleId: id,
    controlSocketPath: folder.controlSocket(id),
    clock: simulation ? new SharedClock(folder.clock) : new SystemClock(),
    simulation,
    production,
    ...(broker === undefined ? {} : { brokerAddress: broker }),
  })
  tellSupervisor({ type: 'ready' })
  await runUntilStopped(() => running.stop())
}
