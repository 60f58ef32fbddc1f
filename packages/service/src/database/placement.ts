/** Where the database's folder and its socket lie. Fixed at the first start and found again at every other. */
import { createHash } from 'node:crypto'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ServiceError } from '../service-error.ts'
import { type Account, canReach } from './account.ts'
import { claimHome, giveTo, moveHome } from './home.ts'

/** Folders of one database. */
export interface Placement {
  /** PostgreSQL's own folder is `data` in it. */
  readonly home: string
  /** Holds the socket. */
  readonly socketFolder: string
  /** Not in the data folder: said at the start. */
  readonly elsewhere: boolean
}

/** Where a database lives that cannot live in the data folder. */
export const systemHome = '/var/lib/edgeward'
const socketName = '.s.PGSQL.5432'
/** sockaddr_un has 108 bytes, the last is zero. */
const longestSocketPath = 107

/**
 * Finds or chooses the place, and makes the folders for `account`. A pointer file `database.location` in the data folder
 * says where it is when it is not there. Throws a ServiceError `data-folder`.
 */
export function placeDatabase(dataFolder: string, account: Account | undefined): Placement {
  const folder = realpathSync(dataFolder)
  const pointer = join(folder, 'database.location')
  const here = join(folder, 'database')
  const there = join(systemHome, hashOf(folder))
  if (existsSync(pointer)) {
    const home = pointed(pointer)
    if (!existsSync(home)) throw gone(folder, home)
    claimHome(home, folder, home === there)
    return prepare(home, account, folder)
  }
  if (account === undefined || livesHere(here, account)) return prepare(here, account, folder)
  const brought = existsSync(join(here, 'data'))
  if (brought) checkOwner(join(here, 'data'), account)
  // A folder of this name without a pointer to it: the data folder was removed by hand. Its keys are gone, so it is of no use.
  if (existsSync(there)) setAside(there)
  if (brought) moveHome(here, there, account)
  ownFolder(there, account)
  claimHome(there, folder, true)
  writeFileSync(pointer, `${there}\n`, { mode: 0o600 })
  rmSync(here, { recursive: true, force: true })
  return prepare(there, account, folder)
}

/** A new, empty one in its place would be a new site, and nothing that is sealed for the old one could be read. */
function gone(folder: string, home: string): ServiceError {
  return new ServiceError(
    'data-folder',
    `the database of ${folder} was in ${home}, and is gone. Put it back, restore a backup into another folder, or start over with \`edgeward demo reset\``,
  )
}

function livesHere(here: string, account: Account): boolean {
  return canReach(account, here) && socketFits(join(here, 'socket'))
}

function pointed(pointer: string): string {
  const home = readFileSync(pointer, 'utf8').trim()
  if (home !== resolve(home) || !home.startsWith(`${systemHome}/`)) {
    throw new ServiceError(
      'data-folder',
      `${pointer} names ${JSON.stringify(home)}, which is no place of a database of ours`,
    )
  }
  return home
}

function prepare(home: string, account: Account | undefined, dataFolder: string): Placement {
  ownFolder(home, account)
  giveFiles(join(home, 'data'), account)
  const near = join(home, 'socket')
  const socketFolder = socketFits(near) ? near : join(runFolder(dataFolder), 'pg')
  ownFolder(socketFolder, account)
  return { home, socketFolder, elsewhere: !home.startsWith(`${dataFolder}/`) }
}

/** Files of a database that root has restored. */
function giveFiles(data: string, account: Account | undefined): void {
  if (account === undefined || !existsSync(data) || lstatSync(data).uid === account.uid) return
  checkOwner(data, account)
  giveTo(data, account)
}

/** Root does not take over the database of somebody who would then be locked out of it. */
function checkOwner(data: string, account: Account): void {
  const { uid } = lstatSync(data)
  if (uid === 0 || uid === account.uid) return
  throw new ServiceError('data-folder', `${data} belongs to user ${uid}: start the plant as that user, not as root`)
}

function socketFits(folder: string): boolean {
  return Buffer.byteLength(join(folder, socketName)) <= longestSocketPath
}

/** A short path for what has a bound: `/tmp/edgeward-<uid>/<hash>`, ours alone. */
function runFolder(dataFolder: string): string {
  const mine = join(tmpdir(), `edgeward-${process.getuid?.() ?? 0}`)
  mkdirSync(mine, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(mine)
  if (uid !== (process.getuid?.() ?? uid) || (mode & 0o077) !== 0) {
    throw new ServiceError('data-folder', `${mine} is not this user's own folder (mode 0700): remove it`)
  }
  const folder = join(mine, hashOf(dataFolder))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function ownFolder(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (account !== undefined) chownSync(folder, account.uid, account.gid)
}

function setAside(folder: string): void {
  const aside = `${folder}.orphan`
  rmSync(aside, { recursive: true, force: true })
  renameSync(folder, aside)
}

function hashOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12)
}
