/** One run of PostgreSQL: initialise, start, stop, and what a killed service left running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceError } from '../service-error.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { isPostmasterOf, pidFile } from './pid-file.ts'
import type { Placement } from './placement.ts'

/** The database's superuser: makes the roles and the database, and does nothing else. */
export const superuser = 'postgres'
/** The major version of the files. */
export const majorVersion = '18'
/** Service, jobs and a console of an administrator. */
const mostConnections = 40
const lookMs = 20
const leftoverMs = 15_000
const stopMs = 30_000
const keptLines = 40

export interface PostmasterOptions {
  readonly binaries: Binaries
  readonly account: Account | undefined
  readonly placement: Placement
  /** A line of the database's own log. */
  readonly log: (line: string) => void
}

/** A running PostgreSQL. */
export interface Postmaster {
  readonly pid: number
  /** Resolves when it ends by itself. */
  readonly ended: Promise<void>
  /** Fast and clean: open transactions are rolled back, everything is written. */
  stop(): Promise<void>
}

/** Makes the files of a new database when there are none. Throws a ServiceError. */
export async function initialise({ binaries, account, placement, log }: PostmasterOptions): Promise<boolean> {
  const data = join(placement.home, 'data')
  if (existsSync(data)) {
    const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
    if (version === majorVersion) return false
    throw new ServiceError(
      'database-version',
      `${data} is of PostgreSQL ${version}, this is ${majorVersion}: dump and restore`,
    )
  }
  // A start that was cut short leaves no half database behind.
  const half = `${data}.new`
  rmSync(half, { recursive: true, force: true })
  const options = ['-D', half, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions']
  const child = run(binaries.initdb, options, { account, placement })
  const lines = collect(child, log)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new ServiceError('database-start', `initdb failed: ${lines.join('; ')}`)
  renameSync(half, data)
  return true
}

/** Starts PostgreSQL on its Unix socket alone: no port, no password. Ends the one that a killed service left. */
export async function start(options: PostmasterOptions): Promise<Postmaster> {
  const { binaries, account, placement, log } = options
  const data = join(placement.home, 'data')
  await endLeftover(data, log)
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${placement.socketFolder}`,
    'unix_socket_permissions=0700',
    'fsync=on',
    'synchronous_commit=on',
    `max_connections=${mostConnections}`,
    'log_destination=stderr',
    'logging_collector=off',
    // Statements are not logged: their parameters may be what must be in no log (T51).
    'log_min_error_statement=panic',
    // Nor what stood in a row that was refused.
    'log_error_verbosity=terse',
    'timezone=UTC',
  ]
  const child = run(binaries.postgres, ['-D', data, ...settings.flatMap(setting => ['-c', setting])], {
    account,
    placement,
  })
  const lines = collect(child, log)
  const closed = once(child, 'close').then(() => undefined)
  const pid = child.pid
  if (pid === undefined) throw new ServiceError('database-start', `PostgreSQL does not run: ${lines.join('; ')}`)
  const ended = closed.catch(() => undefined)
  const looking = new AbortController()
  await Promise.race([
    ready(data, pid, looking.signal),
    ended.then(() => {
      looking.abort()
      throw new ServiceError('database-start', `PostgreSQL ended: ${lines.join('; ')}`)
    }),
  ])
  return { pid, ended, stop: () => stop(child, ended) }
}

/** Line 8 of postmaster.pid says `ready`. */
async function ready(data: string, pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lines = pidFile(data)
    if (lines?.[0] === String(pid) && lines[7]?.trim() === 'ready') return
    await delay(lookMs)
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGINT')
  const late = new AbortController()
  const tooLate = delay(stopMs, 'late', { signal: late.signal, ref: false }).catch(() => undefined)
  if ((await Promise.race([ended, tooLate])) === 'late') {
    child.kill('SIGQUIT')
    await ended
  }
  late.abort()
}

/** A postmaster without its service: asked to end, since its log and its end would be nobody's. */
async function endLeftover(data: string, log: (line: string) => void): Promise<void> {
  const pid = Number(pidFile(data)?.[0])
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isPostmasterOf(pid, data)) return
  log(`ending PostgreSQL ${pid}, left over from a service that was killed`)
  process.kill(pid, 'SIGINT')
  for (let waited = 0; isPostmasterOf(pid, data); waited += lookMs) {
    if (waited > leftoverMs) process.kill(pid, 'SIGQUIT')
    await delay(lookMs)
  }
}

interface Surroundings {
  readonly account: Account | undefined
  readonly placement: Placement
}

/** In a session of its own: Ctrl-C at the terminal is for the service, which stops the database last. */
function run(program: string, options: readonly string[], { account, placement }: Surroundings): ChildProcess {
  return spawn(program, options, {
    ...account,
    cwd: placement.home,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  })
}

/** The last lines that a child wrote; each is logged as it comes. */
function collect(child: ChildProcess, log: (line: string) => void): string[] {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(part => part.trim() !== '')) {
        log(line)
        lines.push(line)
        if (lines.length > keptLines) lines.shift()
      }
    })
  }
  child.on('error', error => lines.push(error.message))
  return lines
}
