/** One plant, one supervisor: the lock of a data folder. */
import { FolderInUse, lockFile } from '@edgeward/base/folder-lock'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'

/** Takes the lock; the answer gives it back. Throws a CliError `already-running`. */
export function lockFolder(folder: DataFolder): () => void {
  try {
    return lockFile(folder.lock)
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    throw new CliError(
      'already-running',
      `A plant already runs in ${folder.root} (process ${error.pid}). Stop it with Ctrl-C where it runs (or \`kill ${error.pid}\`), or choose another folder with --data.`,
      { cause: error },
    )
  }
}
