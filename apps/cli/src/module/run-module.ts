/** The process of a security module: key store, ports, readers, control socket, put together and taken apart again. */

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, SystemRandom, toHex } from '@edgeward/base'
import { isMarkedSimulated, type KeyStore, markSimulated } from '@edgeward/keystore'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import {
  createModule,
  MqttLink,
  makeRoomToStart,
  openControlSocket,
  productionVerbs,
  type ReaderPlace,
} from '@edgeward/module'
import type { ModulePorts } from '@edgeward/module/ports'
import { systemTimer } from '@edgeward/transponder/carriers'
import { CliError } from '../cli-error.ts'
import { CuttableLink } from './cuttable-link.ts'
import { stderrLog } from './module-log.ts'
import { machineMonotonic, SimulatedMonotonic } from './monotonic.ts'
import { ReaderListeners } from './reader-listeners.ts'
import {
  SimulatedActuator,
  SimulatedPanel,
  simulatedContacts,
  simulatedContext,
  simulatedPosition,
} from './simulated-ports.ts'
import { SimulationFile, simulationFileName } from './simulation-file.ts'
import { addSimulationVerbs } from './simulation-verbs.ts'
import { TapTickets } from './tap-tickets.ts'
import { unconnectedPorts } from './unconnected-ports.ts'

export interface RunModuleOptions {
  /** Folder of this module. */
  readonly dataFolder: string
  readonly moduleId: string
  readonly controlSocketPath: string
  readonly clock: Clock
  readonly simulation: boolean
  readonly production: boolean
  /** Where the broker is, if not where it was at commissioning. */
  readonly brokerAddress?: string
  /** The site's time zone, for a process that has no other. */
  readonly onTimeZone?: (timeZone: string) => void
}

export interface RunningModule {
  stop(): Promise<void>
}

/** Runs a module until it is stopped. Throws a CliError `simulation-in-production`, a ModuleError or a KeyStoreError. */
export async function runModule(options: RunModuleOptions): Promise<RunningModule> {
  const { dataFolder, moduleId, controlSocketPath, clock, simulation, production, brokerAddress, onTimeZone } = options
  if (simulation && production) {
    throw new CliError('simulation-in-production', '--simulation and --production exclude each other (R12).')
  }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const log = stderrLog(() => clock.now())
  const random = new SystemRandom()
  // The key store lies on the same disk, and is opened first.
  makeRoomToStart(dataFolder)
  const keyStore = await openSoftwareKeyStore({ folder: join(dataFolder, 'keys') })
  try {
    await checkKeys(keyStore, options)
  } catch (error) {
    await keyStore.close()
    throw error
  }
  const link = new CuttableLink(new MqttLink(log, { random }), brokerAddress, { held: true })
  const file = new SimulationFile(dataFolder)
  const panel = new SimulatedPanel()
  const actuator = new SimulatedActuator(({ asset, function: name, decisionId }) => {
    log.info('actuator', { asset, function: name, decisionId })
  })
  const tickets = new TapTickets(() => toHex(random.bytes(8)))
  const listeners = new ReaderListeners(async (place, card) => {
    const ticket = tickets.take(place.reader)
    try {
      tickets.end(ticket, await module.tap(place.reader, card))
    } catch (error) {
      // The reader went away with a new bundle while the card was there.
      card.close()
      log.warn('tap', { reader: place.reader, message: String(error) })
    }
  })
  // Readers are opened in their turn; a tap finds its port as soon as `panel` answers.
  const onReaders = (places: readonly ReaderPlace[]): void => {
    listeners.set(places).catch((error: unknown) => log.warn('readers', { message: String(error) }))
  }
  const ports: ModulePorts = {
    ...(simulation
      ? {
          context: simulatedContext(file, clock),
          contacts: simulatedContacts(file),
          position: simulatedPosition(file, clock),
          panel,
          actuator,
        }
      : unconnectedPorts),
    clock,
    monotonic: simulation ? new SimulatedMonotonic(clock) : machineMonotonic,
    link,
    simulated: simulation,
  }
  const module = await createModule({
    ...{ dataFolder, moduleId, ports, keyStore, random, log, production },
    timers: systemTimer,
    ...(simulation ? { onReaders } : {}),
    ...(onTimeZone === undefined ? {} : { onTimeZone }),
  })
  await module.start()

  const verbs = productionVerbs(module, () => {
    const status = module.status()
    return { ...status, readers: status.readers.map(reader => ({ ...reader, port: listeners.port(reader.reader) })) }
  })
  if (simulation) {
    addSimulationVerbs(verbs, { file, panel, actuator, link, listeners, tickets, guards: () => module.status().guards })
  }
  const control = await openControlSocket(controlSocketPath, verbs, log)
  // Whoever is told that it is ready finds every reader listening.
  await listeners.settled()
  setImmediate(() => link.release())
  return {
    async stop() {
      await control.close()
      await listeners.close()
      await module.stop()
      await keyStore.close()
    },
  }
}

/** T58: keys of a simulation never serve production; a store that serves one is marked. */
async function checkKeys(
  store: KeyStore,
  { dataFolder, moduleId, simulation, production }: RunModuleOptions,
): Promise<void> {
  if (production && ((await isMarkedSimulated(store)) || existsSync(join(dataFolder, simulationFileName)))) {
    throw new CliError(
      'demo-keys',
      `Module ${moduleId} in ${dataFolder} is one of a demo: its keys were made for a simulation, and --production refuses them (T58). Begin in a new data folder: docs/production.md.`,
    )
  }
  if (simulation) await markSimulated(store)
}
