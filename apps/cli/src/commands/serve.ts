/** The process of the trusted service. */
import { join } from 'node:path'
import { SystemClock, SystemRandom } from '@edgeward/base'
import { type Service, type ServiceOptions, startService } from '@edgeward/service'
import { runUntilStopped, tellSupervisor } from '../child-process.ts'
import { CliError } from '../cli-error.ts'
import { cloneFolder, dataFolderOf } from '../data-folder.ts'
import { shownListener } from '../doctor/ports.ts'
import { port } from '../port-option.ts'
import { checkMode } from '../production.ts'
import { settleFolder } from '../settle-folder.ts'
import { hasSharedClock, SharedClock, startSharedClock } from '../shared-clock.ts'

/** One beside the console's. */
const defaultMqttPort = '8421'

export interface ServeOptions {
  readonly data?: string
  readonly port: string
  readonly mqttPort?: string
  readonly database?: string
  readonly simulation?: boolean
  readonly production?: boolean
}

export async function serve(options: ServeOptions): Promise<void> {
  const { simulation = false, production = false } = options
  const httpPort = port(options.port, '--port')
  // Modules are told at their commissioning where it is: it must be there at the next start too.
  const mqttPort = port(options.mqttPort ?? (simulation ? '0' : defaultMqttPort), '--mqtt-port')
  const folder = dataFolderOf(options.data)
  checkMode(folder, { simulation, production })
  folder.create()
  settleFolder(folder)
  if (simulation && !hasSharedClock(folder.clock)) startSharedClock(folder.clock, new SystemClock().now())
  const service = await listening({
    dataFolder: folder.root,
    operatorSocket: folder.operatorSocket,
    consoleFolder: join(cloneFolder, 'apps/console/dist/web'),
    clock: simulation ? new SharedClock(folder.clock) : new SystemClock(),
    random: new SystemRandom(),
    simulation,
    production,
    httpPort,
    mqttPort,
    ...(options.database === undefined ? {} : { databaseUrl: options.database }),
    onProgress: text => tellSupervisor({ type: 'progress', text }),
  })
  tellSupervisor({
    type: 'ready',
    url: service.url,
    mqttPort: service.mqttPort,
    ...(service.note === undefined ? {} : { note: service.note }),
  })
  await runUntilStopped(() => service.stop())
}

/** Starts the service; a port that is taken is said in words. */
async function listening(options: ServiceOptions): Promise<Service> {
  try {
    return await startService(options)
  } catch (error) {
    const { code, port: taken } = error as { readonly code?: unknown; readonly port?: unknown }
    if (code !== 'EADDRINUSE') throw error
    throw new CliError(
      'port-in-use',
      `Port ${String(taken)} of 127.0.0.1 is taken by ${shownListener(Number(taken))}. End it, or choose another port with ${optionOf(options, Number(taken))}; 0 takes any free one.`,
      { cause: error },
    )
  }
}

/** Modules keep the address at which they were commissioned, so the broker's port is not changed lightly. */
function optionOf({ mqttPort }: ServiceOptions, taken: number): string {
  return taken === mqttPort ? '--mqtt-port (modules then need --broker mqtt://127.0.0.1:PORT)' : '--port'
}
