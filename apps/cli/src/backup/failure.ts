import { CliError } from '../cli-error.ts'

/** What is wrong with a file that somebody wants to restore. Nothing was written then. */
export type BackupFault = 'not-a-backup' | 'backup-damaged' | 'backup-newer' | 'backup-refused' | 'wrong-passphrase'

export function backupFault(code: BackupFault, message: string, cause?: unknown): CliError {
  return new CliError(code, message, cause === undefined ? {} : { cause })
}

/** A file that ends too early, or was changed on its way. */
export function damaged(why: string, cause?: unknown): CliError {
  return backupFault(
    'backup-damaged',
    `The backup is damaged: ${why}. Nothing was restored. Copy it again from where it was made, or take an older one.`,
    cause,
  )
}
