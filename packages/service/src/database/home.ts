/** Whose a database is that lives outside its data folder, and how one comes there. */
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ServiceError } from '../service-error.ts'
import type { Account } from './account.ts'
import { folderIdentity, isSameFolder, readIdentity } from './folder-identity.ts'
import { isPostmasterOf, pidFile } from './pid-file.ts'

const ownerFile = 'data-folder.json'

/**
 * Makes sure that the database in `home` is that of this data folder. A folder that was copied still names the database
 * of the one that it was copied from, which is another plant's. `madeHere`: its name was chosen for where the folder is.
 * Throws a ServiceError `data-folder`.
 */
export function claimHome(home: string, dataFolder: string, madeHere: boolean): void {
  const path = join(home, ownerFile)
  const mine = folderIdentity(dataFolder)
  const owner = existsSync(path) ? readIdentity(readFileSync(path, 'utf8')) : undefined
  if (owner !== undefined && !isSameFolder(owner, mine) && stillThere(owner)) {
    throw new ServiceError(
      'data-folder',
      `${dataFolder} is a copy of ${owner.path}, whose database is in ${home} and was not copied with it. Copy a plant with \`edgeward backup\` and \`edgeward restore\``,
    )
  }
  // Made before databases knew their folder, and not for the place where this folder is: then nobody may use it now.
  if (owner === undefined && !madeHere && isRunning(home)) {
    throw new ServiceError(
      'data-folder',
      `${dataFolder} names the database in ${home}, which another plant uses now. If this folder is a copy, make it with \`edgeward backup\` and \`edgeward restore\`; if it was moved, stop the other plant first`,
    )
  }
  if (owner?.path === mine.path && owner.inode === mine.inode) return
  writeFileSync(path, JSON.stringify(mine), { mode: 0o600 })
}

/** Moves a database out of the data folder to where its user can reach it. Cut short, it is done again from the start. */
export function moveHome(from: string, to: string, account: Account): void {
  const half = `${to}.moving`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  cpSync(from, half, { recursive: true, verbatimSymlinks: true, filter: source => !lstatSync(source).isSocket() })
  giveTo(half, account)
  renameSync(half, to)
}

/** Hands a tree to an account. Links are not followed. */
export function giveTo(path: string, { uid, gid }: Account): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chownSync(path, uid, gid)
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), { uid, gid })
}

function stillThere(owner: { readonly path: string; readonly inode: string; readonly made: string }): boolean {
  return existsSync(owner.path) && isSameFolder(folderIdentity(owner.path), owner)
}

function isRunning(home: string): boolean {
  const data = join(home, 'data')
  const pid = Number(pidFile(data)?.[0])
  return Number.isSafeInteger(pid) && pid > 1 && isPostmasterOf(pid, data)
}
