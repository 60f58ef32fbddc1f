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
  return { pid, started: startOf(pid) }
}

/** Whether this very process still runs. */
export function isAlive({ pid, started }: ProcessRef): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    // EPERM: it lives, but is somebody else's.
  }
  return started === '' || started === startOf(pid)
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

/** Field 22 of /proc/PID/stat: ticks since boot. Other systems have no such file. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw error
  }
}
