/** Who listens where on this machine, as far as the system says (Linux). */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { type Finding, ok, warning } from './finding.ts'

const listening = '0A'

/** A process that listens on a port; `name` is the program. */
export interface Listener {
  readonly pid: number
  readonly name: string
}

/** Whether a port of 127.0.0.1 can be had. */
export function isPortFree(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise(resolve => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Who listens on a port; undefined: nobody whom we may see. */
export function listenerOf(port: number): Listener | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table => inodesOf(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
    if (holds(pid, inodes)) return { pid: Number(pid), name: nameOf(pid) }
  return undefined
}

/** "node (process 4711)", or nothing when the system does not say. */
export function shownListener(port: number): string {
  const listener = listenerOf(port)
  return listener === undefined ? 'another program' : `${listener.name} (process ${listener.pid})`
}

/** A port that the plant would take at its next start. */
export async function freePortFinding(check: string, port: number): Promise<Finding> {
  if (await isPortFree(port)) return ok(check, `port ${port} is free`)
  return warning(
    check,
    `port ${port} is taken by ${shownListener(port)}`,
    'The demo takes any free port then, and says which. Choose one with `npm start -- --port N`, or end that program.',
  )
}

function inodesOf(table: string, port: number): readonly string[] {
  if (!existsSync(table)) return []
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[3] === listening && fields[1]?.endsWith(`:${hex}`))
    .flatMap(fields => fields[9] ?? [])
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some(descriptor => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${descriptor}`)) ?? []
      return inode !== undefined && inodes.has(inode)
    })
  } catch (error) {
    return notOurs(error, false)
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch (error) {
    return notOurs(error, '')
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch (error) {
    return notOurs(error, 'a program')
  }
}

/** Processes end while one looks, and those of others are not ours to look into. */
function notOurs<T>(error: unknown, instead: T): T {
  if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return instead
  throw error
}
