/** One plant, one supervisor: the lock of a data folder. A dead holder's lock is taken over, a live one's never. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'
import { isAlive, type ProcessRef, processRef } from './processes.ts'

/** Takes the lock; the answer gives it back. Throws a CliError `already-running`. */
export function lockFolder(folder: DataFolder): () => void {
  const mine = JSON.stringify(processRef(process.pid))
  for (;;) {
    try {
      writeFileSync(folder.lock, mine, { flag: 'wx', mode: 0o600 })
      return () => {
        if (readLock(folder)?.pid === process.pid) rmSync(folder.lock, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readLock(folder)
    if (holder && isAlive(holder)) {
      throw new CliError(
        'already-running',
        `A plant already runs in ${folder.root} (process ${holder.pid}). Stop it with Ctrl-C where it runs (or \`kill ${holder.pid}\`), or choose another folder with --data.`,
      )
    }
    rmSync(folder.lock, { force: true })
  }
}

/** Who holds the lock; undefined when nobody does or the file is half written. */
export function readLock(folder: DataFolder): ProcessRef | undefined {
  let text: string
  try {
    text = readFileSync(folder.lock, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessRef>
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
