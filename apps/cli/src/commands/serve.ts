/** The process of the trusted service. */
import { join } from 'node:path'
import { SystemClock, SystemRandom } from '@edgeward/base'
import { type Service, type ServiceOptions, startService } from '@edgeward/service'
import { runUntilStopped, tellSupervisor } from '../child-process.ts'
import { CliError } from '../cli-error.ts'
import { cloneFolder, dataFolderOf } from '../data-folder.ts'
import { settleFolder } from '../settle-folder.ts'
import { hasSharedClock, SharedClock, startSharedClock } from '../shared-clock.ts'

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
  if (simulation && production)
    throw new CliError('simulation-in-production', '--simulation and --production exclude each other (R12).')
  const folder = dataFolderOf(options.data)
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
    httpPort: port(options.port, '--port'),
    ...(options.mqttPort === undefined ? {} : { mqttPort: port(options.mqttPort, '--mqtt-port') }),
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
      `Another program listens on port ${String(taken)} of 127.0.0.1. Choose another with --port (or --mqtt-port); 0 takes any free one.`,
      { cause: error },
    )
  }
}

function port(text: string, option: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new CliError('usage', `${option} takes a port from 0 (any free one) to 65535.`)
  return number
}
