/** Ends processes that are written down in a file. */
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, type ProcessRef } from '@edgeward/base/folder-lock'

/** How long a process may take to end by itself, and how often it is looked at. */
const graceMs = 10_000
const lookMs = 50

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
