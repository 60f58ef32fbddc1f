/** One process at a time runs a module's data folder: a pid file, whose dead holder is taken over, a live one never. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ModuleError } from '../errors.ts'

const lockFile = 'module.pid'
const maxAttempts = 5
/** What this very process holds: its own pid in a file says nothing about that. */
const heldHere = new Set<string>()

/** Takes the folder; the answer gives it back. Throws a ModuleError `folder-in-use`. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockFile)
  if (heldHere.has(path)) throw new ModuleError('folder-in-use', `this process already runs the module in ${folder}`)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      heldHere.add(path)
      return () => {
        heldHere.delete(path)
        if (holderOf(path) === process.pid) rmSync(path, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = holderOf(path)
    if (holder !== undefined && holder !== process.pid && isAlive(holder)) {
      throw new ModuleError('folder-in-use', `process ${holder} already runs the module in ${folder}`)
    }
    // Our own pid in a file that we did not write is that of a dead predecessor with the same number.
    rmSync(path, { force: true })
  }
  throw new ModuleError('folder-in-use', `${path} cannot be taken: several processes are after it`)
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
