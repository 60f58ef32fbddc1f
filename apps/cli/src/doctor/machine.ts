/** The machine: Node, platform and database programs, time. */
import { userInfo } from 'node:os'
import { databasePrograms } from '@edgeward/service/backup'
import { type Finding, ok, problem } from './finding.ts'
import { inTime, reasonOf } from './patient.ts'

const leastNode = [20, 19] as const
const goodNode = 24
/** Before this program was written: a machine that lost its time. */
const notBefore = Date.UTC(2026, 0, 1)
const notAfter = Date.UTC(2100, 0, 1)

export function nodeFinding(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]))
    return problem(
      'node',
      `Node ${version}`,
      `Install Node ${goodNode} (at least ${leastNode.join('.')}) from nodejs.org or your system.`,
    )
  if (major < goodNode) return ok('node', `Node ${version} (${goodNode} is recommended)`)
  return ok('node', `Node ${version}`)
}

/** PostgreSQL asks the system who runs it; a container may run a user that has no name. */
export function userFinding(): Finding {
  try {
    const { username, uid } = userInfo()
    return ok('user', `${username} (${uid})`)
  } catch (error) {
    return problem(
      'user',
      `this user (${process.getuid?.() ?? '?'}) has no entry in /etc/passwd (${reasonOf(error)})`,
      'The database needs one: make the user (useradd), or run as one that is there.',
    )
  }
}

export async function programsFinding(): Promise<Finding> {
  const machine = `${process.platform}-${process.arch}`
  try {
    const programs = await inTime(databasePrograms())
    if (programs === undefined)
      return problem(
        'database programs',
        'they do not answer within 10 s',
        'The machine is overloaded, or a virus scanner holds them.',
      )
    const as = programs.runsAs === undefined ? '' : `; as you are root, it runs as user ${programs.runsAs} (nobody)`
    return ok('database programs', `${programs.version} for ${machine}${as}`)
  } catch (error) {
    return problem(
      'database programs',
      reasonOf(error),
      'Run `npm ci` in the clone, on this machine. Where there is no embedded PostgreSQL, give one of your own: `edgeward serve --database URL`.',
    )
  }
}

export function timeFindings(now: number = Date.now()): readonly Finding[] {
  const shown = new Date(now).toISOString()
  return [
    now < notBefore || now > notAfter
      ? problem('clock', `the machine says ${shown}`, 'Set its clock (NTP). Certificates and permissions have times.')
      : ok('clock', `the machine says ${shown}`),
    zoneFinding('Europe/Zurich', 'time zones'),
  ]
}

/** Whether this Node knows a zone. */
export function zoneFinding(zone: string, check: string): Finding {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions()
    return ok(check, `the data of time zones is there (${timeZone})`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return problem(
      check,
      `this Node does not know ${zone}`,
      'Use a Node with full ICU (the ones from nodejs.org have it).',
    )
  }
}
