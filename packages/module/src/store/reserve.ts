/**
 * Space of the disk that is set aside while there is some, and given back when there is none: so that a denial, the outcome
 * of a movement and an acknowledgement can still be written on a full disk.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '@edgeward/base'
import { isAlive, lockHolder } from '@edgeward/base/folder-lock'
import { moduleLock } from './folder-lock.ts'

/** Room for `recordsOnReserve` records, a bundle that waits in the log, and the log's own pages. */
export const reserveBytes: number = 2 * 2 ** 20
/** Below this a process cannot even take its locks and open its store. */
const leastToStart = 512 * 2 ** 10
const blockBytes = 512
const writeBytes = 2 ** 16
const fileName = 'reserve'

export interface Reserve {
  /** Sets the space aside, if there is as much again behind it. True: it is set aside. */
  hold(): boolean
  /** Gives it back. Doing it again is no error. */
  free(): void
}

/** The reserve of a data folder: a file of random bytes, which no file system can make smaller. */
export function openReserveFile(folder: string, random: Random): Reserve {
  const path = join(folder, fileName)
  return {
    hold() {
      if (isWhole(path)) return true
      rmSync(path, { force: true })
      return roomIn(folder) >= 2 * reserveBytes && allocate(path, random)
    },
    free: () => rmSync(path, { force: true }),
  }
}

/** For a store that lies on no disk: there is always room. */
export const noReserve: Reserve = { hold: () => true, free: () => undefined }

/**
 * Before anything of a folder is opened: gives the reserve back if the disk is so full that nothing could be. Does nothing
 * to the folder of a module that runs.
 */
export function makeRoomToStart(folder: string): void {
  if (!existsSync(folder) || roomIn(folder) >= leastToStart) return
  const holder = lockHolder(join(folder, moduleLock))
  if (holder === undefined || !isAlive(holder)) rmSync(join(folder, fileName), { force: true })
}

/** Whether an error says that the disk, or the part of it that may be used, is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, cause } = error as Error & { readonly code?: unknown }
  return fullCodes.has(String(code)) || isDiskFull(cause)
}

/** SQLite says the third when it cannot open what its processes share. */
const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_FULL'])

function isWhole(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.size === reserveBytes && found.blocks * blockBytes >= reserveBytes
}

/** Written, not only made that long: a file with a hole in it holds nothing. */
function allocate(path: string, random: Random): boolean {
  const bytes = random.bytes(writeBytes)
  try {
    const file = openSync(path, 'w', 0o600)
    try {
      for (let written = 0; written < reserveBytes; ) written += writeSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return true
  } catch (error) {
    rmSync(path, { force: true })
    if (isDiskFull(error)) return false
    throw error
  }
}

/** What a process that is not root may still write, in bytes. */
function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
