/** PostgreSQL refuses to run as root: as whom it runs then, and what that user can reach. */
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ServiceError } from '../service-error.ts'

/** A user of the operating system. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const unprivileged = 'nobody'

/** Undefined: as whoever we are. Root runs the database as `nobody`. Throws a ServiceError `database-start` without one. */
export function databaseAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(candidate => candidate.startsWith(`${unprivileged}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new ServiceError(
      'database-start',
      `PostgreSQL does not run as root and there is no user \`${unprivileged}\` to run it as: start as another user`,
    )
  }
  return { uid: Number(uid), gid: Number(gid) }
}

const searchByOthers = 0o001
const searchByGroup = 0o010
const searchByOwner = 0o100

/** Whether an account may pass through every folder on the way to `path` (which itself need not exist). By mode bits. */
export function canReach(account: Account, path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder)
    const bit = uid === account.uid ? searchByOwner : gid === account.gid ? searchByGroup : searchByOthers
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
