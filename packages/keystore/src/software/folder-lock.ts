/**
 * One process a folder. The lock is a file that names its process by id and start time: an id alone comes again, in a
 * container at every start.
 */
import { link, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyStoreError } from '../errors.ts'
import type { FolderLock } from './disk.ts'

const lockName = 'lock'
const mostTakeovers = 3
/** Folders that stores of this very process have open. */
const openHere = new Set<string>()

/** Takes the folder. Throws a KeyStoreError `busy` while a living process, this one included, has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = await realpath(folder)
  if (openHere.has(path)) throw busy(path, process.pid)
  openHere.add(path)
  try {
    await createLock(path)
  } catch (error) {
    openHere.delete(path)
    throw error
  }
  return {
    release: async () => {
      await rm(join(path, lockName), { force: true })
      openHere.delete(path)
    },
  }
}

async function createLock(folder: string): Promise<void> {
  const file = join(folder, lockName)
  const mine = join(folder, `${lockName}.${process.pid}`)
  // Written first and linked then: whoever finds the lock finds its whole text.
  await writeFile(mine, `${process.pid} ${(await startTime(process.pid)) ?? ''}\n`, { mode: 0o600 })
  try {
    await linkLock(folder, mine, file)
  } finally {
    await rm(mine, { force: true })
  }
}

async function linkLock(folder: string, mine: string, file: string): Promise<void> {
  for (let attempt = 0; attempt < mostTakeovers; attempt++) {
    try {
      await link(mine, file)
      return
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    const holder = await readLock(file)
    if (holder === undefined) continue
    if (await isAlive(holder)) throw busy(folder, Number.parseInt(holder, 10))
    await removeStale(file, holder)
  }
  throw new KeyStoreError('busy', `the lock of ${folder} is fought for`)
}

/** Moves the lock aside first, so that of two processes that found it stale only one can take it away. */
async function removeStale(file: string, holder: string): Promise<void> {
  const aside = `${file}.stale.${process.pid}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  const moved = await readLock(aside)
  if (moved !== holder && moved !== undefined) {
    await rename(aside, file)
    throw busy(file, Number.parseInt(moved, 10))
  }
  await rm(aside, { force: true })
}

async function readLock(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A lock that cannot be read counts as dead: its disk lost power before it was whole. */
async function isAlive(holder: string): Promise<boolean> {
  const match = /^(\d{1,10}) (\d*)\n$/.exec(holder)
  if (match === null) return false
  const pid = Number(match[1])
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false
  }
  const started = await startTime(pid)
  return started === undefined || match[2] === '' || started === match[2]
}

/** Start of a process in ticks since boot, where the system tells it (Linux); field 22 of proc(5) stat. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES') || hasCode(error, 'ESRCH')) return undefined
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function busy(path: string, pid: number): KeyStoreError {
  return new KeyStoreError('busy', `process ${pid} has the key store in ${path} open; stop it first`)
}
