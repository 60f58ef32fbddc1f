/** `npm start`: a working chemical plant on this machine, and what to try with it. */
import { readFileSync } from 'node:fs'
import { operations } from '@edgeward/service/api'
import { runUntilStopped } from '../child-process.ts'
import { type DataFolder, dataFolderOf } from '../data-folder.ts'
import { isPortFree, shownListener } from '../doctor/ports.ts'
import { lockFolder } from '../folder-lock.ts'
import { type OperatorApi, operatorApi } from '../operator-api.ts'
import { Progress } from '../output.ts'
import { port } from '../port-option.ts'
import { checkMode } from '../production.ts'
import { settleFolder } from '../settle-folder.ts'
import { commissionAll } from './commission.ts'
import { openDemoClock } from './demo-clock.ts'
import { setDemoPins } from './demo-pins.ts'
import { type DemoPlan, demoSiteFile, readDemoPlan } from './demo-plan.ts'
import { enrolWallets } from './enrol-wallets.ts'
import { simulateWorld } from './simulate-world.ts'
import { type Ready, Supervisor } from './supervisor.ts'
import { waitUntilInForce } from './wait-until-in-force.ts'
import { welcome } from './welcome.ts'

const defaultPort = 8420
const demoTimeZone = 'Europe/Zurich'

export async function startDemo(options: { readonly data?: string; readonly port?: string }): Promise<void> {
  if (options.port !== undefined) port(options.port, '--port')
  const folder = dataFolderOf(options.data)
  checkMode(folder, { simulation: true, production: false })
  folder.create()
  settleFolder(folder)
  const unlock = lockFolder(folder)
  const progress = new Progress()
  const supervisor = new Supervisor(folder, text => progress.step(text))
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    await supervisor.stop()
    unlock()
  }
  // A Ctrl-C in the middle of the start ends what has been started; the next start goes on from there.
  const interrupted = (): void => {
    if (stopping) return
    void stop().then(() => process.exit(130))
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', interrupted)
  try {
    const { service, freshPins } = await bringUp(
      folder,
      supervisor,
      progress,
      options.port ?? (await freePort(progress)),
    )
    progress.end()
    await welcome(folder, service, freshPins)
  } catch (error) {
    progress.end()
    await stop()
    throw error
  }
  const stopped = runUntilStopped(async () => {
    process.stderr.write('\n  Stopping; nothing is lost …\n')
    await stop()
  })
  // Only now: a signal that comes while nobody listens is lost, and the plant would run on.
  process.off('SIGINT', interrupted)
  process.off('SIGTERM', interrupted)
  await stopped
}

interface BroughtUp {
  readonly service: Ready
  /** Person to PIN, of those that were made at this start. */
  readonly freshPins: Readonly<Record<string, string>>
}

/** Starts what must run and sets up what is not set up yet. Every step looks first, so a start that was cut short goes on. */
async function bringUp(
  folder: DataFolder,
  supervisor: Supervisor,
  progress: Progress,
  port: string,
): Promise<BroughtUp> {
  const plan: DemoPlan = readDemoPlan()
  const leftovers = await supervisor.endLeftovers()
  if (leftovers > 0) progress.done(`${leftovers} processes of a start that was killed have been ended`)
  openDemoClock(folder.clock, plan.clock, demoTimeZone)

  progress.step('Starting the trusted service')
  const serve = ['serve', '--data', folder.root, '--simulation']
  const service = await supervisor.start('service', [...serve, '--port', port], ready => [
    ...serve,
    ...['--port', new URL(ready.url ?? '').port, '--mqtt-port', String(ready.mqttPort)],
  ])
  progress.done(`Trusted service: database, broker and HTTP run${service.note ? ` (${service.note})` : ''}`)

  supervisor.writeRun({ console: service.url })
  const api = operatorApi(folder)
  const modules = await ensureSite(api)
  progress.step(`Starting ${modules.length} security modules`)
  await Promise.all(
    modules.map(id =>
      supervisor.start(id, [
        'module',
        id,
        '--data',
        folder.root,
        '--simulation',
        '--broker',
        `mqtt://127.0.0.1:${service.mqttPort}`,
      ]),
    ),
  )
  supervisor.writeRun({ console: service.url })
  const fresh = await commissionAll(folder, api, modules, text => progress.step(text))
  progress.done(
    `${modules.length} security modules, each a process with keys of its own${fresh > 0 ? `; ${fresh} commissioned` : ''}`,
  )

  const freshPins = await setDemoPins(folder, api, text => progress.step(text))
  const enrolled = await enrolWallets(folder, api, text => progress.step(text))
  progress.done(`${enrolled.wallets} phones carry ${enrolled.credentials} credentials`)
  await simulateWorld(folder, plan)
  progress.step('Waiting until every module has its permissions')
  await waitUntilInForce(api)
  progress.done('Every module has acknowledged its permissions')
  return { service, freshPins }
}

/** The modules of the site in force; a new plant gets the chemical plant's site first. */
async function ensureSite(api: OperatorApi): Promise<readonly string[]> {
  const { versions } = await api.call(operations.siteVersions, {})
  if (versions.length === 0) {
    await api.call(operations.applySite, {
      text: readFileSync(demoSiteFile, 'utf8'),
      fileName: 'site.yaml',
      comment: 'the demo plant',
    })
  }
  const { modules } = await api.call(operations.modules, {})
  return modules.map(({ id }) => id)
}

/** The usual port, or any free one when somebody else listens there. */
async function freePort(progress: Progress): Promise<string> {
  if (await isPortFree(defaultPort)) return String(defaultPort)
  progress.done(
    `Port ${defaultPort} is taken by ${shownListener(defaultPort)}: the console takes a free one (choose one with \`npm start -- --port N\`)`,
  )
  return '0'
}
