/** The process of one security module. */
import { SystemClock } from '@edgeward/base'
import { runUntilStopped, tellSupervisor } from '../child-process.ts'
import { dataFolderOf } from '../data-folder.ts'
import { runModule } from '../module/run-module.ts'
import { checkMode } from '../production.ts'
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
  const folder = dataFolderOf(options.data)
  checkMode(folder, { simulation, production })
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
