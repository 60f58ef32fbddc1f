/** One process a key store: two of them would write over each other's keys. */
import { join } from 'node:path'
import { FolderInUse, lockFile } from '@edgeward/base/folder-lock'
import { KeyStoreError } from '../errors.ts'
import type { FolderLock } from './disk.ts'

/** Takes the folder. Rejects with a KeyStoreError `busy` while a living process, this one included, has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    const release = lockFile(join(folder, 'lock'))
    return { release: async () => release() }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const message = `process ${error.pid} has the key store in ${folder} open; stop it first`
    throw new KeyStoreError('busy', message, { cause: error })
  }
}
