/** What the plant says of itself: service, broker, each module. */
import { connect } from 'node:net'
import { type ModuleHealth, operations, type Status } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import type { DataFolder } from '../data-folder.ts'
import { readRun } from '../demo/supervisor.ts'
import { operatorApi } from '../operator-api.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { zoneFinding } from './machine.ts'
import { inTime, reasonOf } from './patient.ts'
import type { Running } from './processes.ts'

const nearlyFull = 10_000
const clockApartMs = 5_000
const connectMs = 2_000

interface ModuleSays {
  readonly commissioned: boolean
  readonly behind: boolean
  readonly disk?: string
  readonly link: string
  readonly clock: { readonly quality: string }
  readonly records: { readonly free: number }
}

/** Of a plant whose service runs. */
export async function serviceFindings(folder: DataFolder): Promise<readonly Finding[]> {
  const api = operatorApi(folder)
  let said: readonly [Status, readonly ModuleHealth[]] | undefined
  try {
    said = await inTime(
      Promise.all([api.call(operations.status, {}), api.call(operations.modules, {}).then(({ modules }) => modules)]),
    )
  } catch (error) {
    return [problem('service', reasonOf(error), `See service.log in ${folder.logs}.`)]
  }
  if (said === undefined)
    return [
      problem('service', 'it does not answer within 10 s', `See service.log in ${folder.logs}, or restart the plant.`),
    ]
  const [status, modules] = said
  const httpUrl = readRun(folder)?.console
  return [
    siteFinding(status),
    ...(httpUrl === undefined ? [] : [await reachFinding('console', httpUrl)]),
    await brokerFinding(status),
    ...clockFindings(status),
    ...restoreFindings(status),
    ...recordFindings(status),
    ...modules.flatMap(healthFindings),
  ]
}

function siteFinding({ site, siteVersion }: Status): Finding {
  return site === null
    ? warning(
        'site',
        'no site file is in force',
        'Write one and apply it: `edgeward site init my-site.yaml`, `edgeward site apply my-site.yaml`.',
      )
    : ok('site', `${site.name}, version ${siteVersion}`)
}

async function brokerFinding({ broker, modules }: Status): Promise<Finding> {
  if (broker.state === 'down')
    return problem('broker', `it does not listen at ${broker.address}`, 'Restart the plant. Taps go on meanwhile.')
  const reached = await reachFinding('broker', broker.address)
  if (reached.state !== 'ok') return reached
  return broker.clients < modules.commissioned
    ? warning(
        'broker',
        `${broker.clients} of ${modules.commissioned} modules are connected to ${broker.address}`,
        'Those that are not connect by themselves once their network and their address of the broker are right.',
      )
    : ok('broker', `${broker.address}, all ${broker.clients} modules have proved their accounts`)
}

function reachFinding(check: string, url: string): Promise<Finding> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    const socket = connect({ host: hostname, port: Number(port), timeout: connectMs })
    const end = (finding: Finding): void => {
      socket.destroy()
      resolve(finding)
    }
    const away = (why: string): void =>
      end(
        problem(
          check,
          `${url} does not answer (${why})`,
          'Restart the plant. If another program took the port, see `edgeward doctor` again.',
        ),
      )
    socket.once('connect', () => end(ok(check, `${url} answers`)))
    socket.once('timeout', () => away('no answer within 2 s'))
    socket.once('error', error => away(reasonOf(error)))
  })
}

function clockFindings({ clock, simulated, site }: Status): readonly Finding[] {
  const zone =
    site === null ? [] : [zoneFinding(site.timeZone, 'time zone of the site')].filter(({ state }) => state !== 'ok')
  if (simulated || clock.simulated)
    return [
      ...zone,
      warning(
        'simulation',
        `clock, readers and sensors are simulated; it is ${clock.now} there`,
        'This is a demo. A real plant begins in a new folder: docs/production.md.',
      ),
    ]
  const apart = Math.abs(Date.parse(clock.now) - Date.now())
  return apart > clockApartMs
    ? [
        ...zone,
        problem(
          'service clock',
          `it is ${Math.round(apart / 1000)} s apart from the machine's`,
          'Set the clock of the machine (NTP) and restart the plant.',
        ),
      ]
    : [...zone, ok('service clock', 'as the machine')]
}

function restoreFindings({ restore }: Status): readonly Finding[] {
  if (restore === null || (restore.ahead.length === 0 && restore.unheard.length === 0)) return []
  return [
    ...restore.ahead.map(({ module, what }) =>
      warning(
        'restore',
        `${module} knows more than the backup: ${what}`,
        'Repeat the blocks that were made after the backup was taken, before you change anything else.',
      ),
    ),
    ...(restore.unheard.length > 0
      ? [
          warning(
            'restore',
            `not heard of since: ${restore.unheard.join(', ')}`,
            'Start these modules. They are sent nothing until they have said what they have.',
          ),
        ]
      : []),
  ]
}

function recordFindings({ records }: Status): readonly Finding[] {
  return [
    ...(records.gaps > 0
      ? [
          warning(
            'records',
            `${records.gaps} gaps`,
            'The modules have been asked for them again. If they stay, `edgeward status` names the module.',
          ),
        ]
      : []),
    ...(records.alarms > 0 ? [warning('alarms', `${records.alarms} so far`, '`edgeward events` shows them.')] : []),
  ]
}

function healthFindings(health: ModuleHealth): readonly Finding[] {
  const { id, commissionedAt, bundle, revocations, records, clock, lastContact } = health
  const check = `module ${id}`
  if (commissionedAt === null)
    return [warning(check, 'it belongs to no site yet', `Commission it: \`edgeward commission ${id}\`.`)]
  const behind = bundle.effective < bundle.desired || revocations.effective < revocations.desired
  return [
    ...(behind
      ? [
          warning(
            check,
            `it has not acknowledged its newest rules or blocks; last heard of ${lastContact ?? 'never'}`,
            'They arrive when it is connected. Until then it decides by what it has.',
          ),
        ]
      : []),
    ...(records.free !== null && records.free < nearlyFull
      ? [
          warning(
            check,
            `it has room for ${records.free} records`,
            'Bring it in contact with the service: a full module denies every tap.',
          ),
        ]
      : []),
    ...(clock !== null && !/^(synchronised|drifting)/.test(clock.quality)
      ? [warning(check, `its clock is ${clock.quality}`, 'Connect it to the service: it gets the time from there.')]
      : []),
  ]
}

/** What each module that runs says over its own socket. */
export async function moduleFindings(folder: DataFolder, { modules }: Running): Promise<readonly Finding[]> {
  const up = [...modules].filter(([, pid]) => pid !== undefined).map(([id]) => id)
  if (up.length === 0) return []
  const faults = (await Promise.all(up.map(id => askedFindings(folder, id)))).flat()
  return faults.length > 0 ? faults : [ok('modules', `${up.length} answer, with room for their records`)]
}

async function askedFindings(folder: DataFolder, id: string): Promise<readonly Finding[]> {
  const check = `module ${id}`
  const log = `See ${id}.log in ${folder.logs}.`
  try {
    const says = await inTime(askModule<ModuleSays>(folder.controlSocket(id), id, { do: 'status' }))
    if (says === undefined) return [problem(check, 'it runs and does not answer within 10 s', `${log} Restart it.`)]
    return says.disk === 'full'
      ? [
          problem(
            check,
            'its disk is full: it denies every tap',
            'Make room on the disk of its data folder; it goes on by itself.',
          ),
        ]
      : []
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return [problem(check, error.message, log)]
  }
}
