/**
 * One process a folder. The lock is a file that names its holder by process id and start time: an id alone comes again,
 * in a container at every start. A dead holder's lock is taken over, a live one's never.
 */
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A process as a file remembers it. `started`: the system's word for its start, empty where it has none. */
export interface ProcessRef {
  readonly pid: number
  readonly started: string
}

/** Somebody else holds the lock: a living process, or this one by an earlier call. */
export class FolderInUse extends Error {
  override name = 'FolderInUse'
  readonly code = 'folder-in-use'
  readonly pid: number
  constructor(path: string, pid: number) {
    super(`process ${pid} holds ${path}`)
    this.pid = pid
  }
}

const mostTakeovers = 5
/** Locks of this very process: its own id in a file says nothing about that. */
const heldHere = new Set<string>()

/** Takes the lock file; the answer gives it back. Throws a FolderInUse. The folder must exist. */
export function lockFile(file: string): () => void {
  const path = join(realpathSync(dirname(file)), basename(file))
  if (heldHere.has(path)) throw new FolderInUse(path, process.pid)
  const mine = `${path}.${process.pid}`
  // Written first and linked then: whoever finds the lock finds its whole text.
  try {
    writeFileSync(mine, JSON.stringify(processRef(process.pid)), { mode: 0o600 })
    take(path, mine)
  } finally {
    rmSync(mine, { force: true })
  }
  heldHere.add(path)
  return () => {
    if (!heldHere.delete(path)) return
    rmSync(path, { force: true })
  }
}

/** Who holds a lock file; undefined when nobody does, or it lost power before it was whole. */
export function lockHolder(file: string): ProcessRef | undefined {
  const text = textOf(file)
  if (text === undefined) return undefined
  const [, pid, started] = /^\{"pid":(\d{1,10}),"started":"(\d*)"\}$/.exec(text) ?? []
  return pid === undefined || started === undefined ? undefined : { pid: Number(pid), started }
}

/** How to remember a process that runs now. */
export function processRef(pid: number): ProcessRef {
  return { pid, started: statOf(pid)?.started ?? '' }
}

/** Whether that very process still runs; one that has ended and only waits to be asked for its exit code does not. */
export function isAlive({ pid, started }: ProcessRef): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, but is somebody else's.
    if (codeOf(error) === 'ESRCH') return false
  }
  const now = statOf(pid)
  return now === undefined || (!now.ended && (started === '' || started === now.started))
}

function take(path: string, mine: string): void {
  for (let attempt = 0; attempt < mostTakeovers; attempt++) {
    try {
      linkSync(mine, path)
      return
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = lockHolder(path)
    // Our own id in a file that we did not write is that of a dead predecessor with the same number.
    if (holder !== undefined && holder.pid !== process.pid && isAlive(holder)) throw new FolderInUse(path, holder.pid)
    removeStale(path)
  }
  throw new FolderInUse(path, lockHolder(path)?.pid ?? 0)
}

/** Moves the lock aside before it is removed, so that of two processes that found it stale only one takes it away. */
function removeStale(path: string): void {
  const found = textOf(path)
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (textOf(aside) === found) rmSync(aside, { force: true })
  else renameSync(aside, path)
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** What proc(5) says: field 3 is the state, field 22 the start in ticks since boot. Undefined where there is no such file. */
function statOf(pid: number): { readonly ended: boolean; readonly started: string } | undefined {
  const text = procText(pid)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { ended: fields[0] === 'Z' || fields[0] === 'X', started: fields[19] ?? '' }
}

function procText(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
