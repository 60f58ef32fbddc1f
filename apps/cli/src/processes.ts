/** Which process is which: a pid alone is reused, a pid with the instant of its start is not. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A process as written down in a file. `started` is the kernel's start time where there is one, else empty. */
export interface ProcessRef {
  readonly pid: number
  readonly started: string
}

/** How long a process may take to end by itself, and how often it is looked at. */
const graceMs = 10_000
const lookMs = 50

export function processRef(pid: number): ProcessRef {
  return { pid, started: statOf(pid)?.started ?? '' }
}

/** Whether this very process still runs. */
export function isAlive({ pid, started }: ProcessRef): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    // EPERM: it lives, but is somebody else's.
  }
  const now = statOf(pid)
  return now === undefined || (!now.ended && (started === '' || started === now.started))
}

/** Asks a process to end, and ends it when it does not. */
export async function endProcess(process_: ProcessRef): Promise<void> {
  if (!isAlive(process_)) return
  signal(process_.pid, 'SIGTERM')
  for (let waited = 0; waited < graceMs && isAlive(process_); waited += lookMs) await delay(lookMs)
  if (isAlive(process_)) signal(process_.pid, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * What /proc/PID/stat says: field 3 is the state (Z: ended, but nobody has asked for its exit code yet), field 22 the ticks
 * from boot to its start. Undefined where there is no such file.
 */
function statOf(pid: number): { readonly ended: boolean; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { ended: fields[0] === 'Z' || fields[0] === 'X', started: fields[19] ?? '' }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
