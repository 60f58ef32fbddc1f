/** One process at a time runs a module's data folder. */
import { join } from 'node:path'
import { FolderInUse, lockFile } from '@edgeward/base/folder-lock'
import { ModuleError } from '../errors.ts'

/** The lock in a data folder. */
export const moduleLock = 'module.pid'

/** Takes the folder; the answer gives it back. Throws a ModuleError `folder-in-use`. */
export function lockFolder(folder: string): () => void {
  try {
    return lockFile(join(folder, moduleLock))
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const message = `process ${error.pid} already runs the module in ${folder}`
    throw new ModuleError('folder-in-use', message, { cause: error })
  }
}
