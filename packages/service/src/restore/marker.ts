/**
 * The note that a restore leaves in the data folder: `restored.json`. Whoever puts a copy of a data folder in place
 * writes it; the service honours it at its next start, before it sends anything (R18), and takes it away.
 */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from '../service-error.ts'

const fileName = 'restored.json'

/** What is known of a restore. */
export interface RestoredNote {
  /** When what was restored had been taken, RFC 3339; null: a folder that somebody copied. */
  readonly takenAt: string | null
}

/** Leaves the note in a data folder, durably. */
export function writeRestoredNote(dataFolder: string, note: RestoredNote): void {
  const descriptor = openSync(join(dataFolder, fileName), 'w', 0o600)
  try {
    writeSync(descriptor, JSON.stringify(note))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The note of a data folder; undefined: nothing was restored. Throws a ServiceError `data-folder` when it cannot be read. */
export function readRestoredNote(dataFolder: string): RestoredNote | undefined {
  const path = join(dataFolder, fileName)
  try {
    const { takenAt }: { takenAt?: unknown } = Object(JSON.parse(readFileSync(path, 'utf8')))
    return { takenAt: typeof takenAt === 'string' && !Number.isNaN(Date.parse(takenAt)) ? takenAt : null }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    // Half a note is a note: that it is there is what counts.
    if (error instanceof SyntaxError) return { takenAt: null }
    throw new ServiceError('data-folder', `${path} cannot be read`, { cause: error })
  }
}

export function removeRestoredNote(dataFolder: string): void {
  rmSync(join(dataFolder, fileName), { force: true })
}
