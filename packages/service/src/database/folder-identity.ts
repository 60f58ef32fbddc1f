/** Which folder a folder is: a copy has another identity, one that was moved or renamed keeps it. */
import { realpathSync, statSync } from 'node:fs'

export interface FolderIdentity {
  /** Where it was when this was written, links followed. */
  readonly path: string
  /** Of the file system: survives a rename. Decimal, as a number has too few bits for some. */
  readonly inode: string
  /** When it was made, milliseconds. A file system that gives inodes anew at each mount keeps this. */
  readonly made: string
}

/** The identity of a folder that exists. */
export function folderIdentity(folder: string): FolderIdentity {
  const path = realpathSync(folder)
  const { ino, birthtimeMs } = statSync(path, { bigint: true })
  return { path, inode: String(ino), made: String(birthtimeMs) }
}

/** Whether two identities are of one folder, wherever it is. */
export function isSameFolder(a: FolderIdentity, b: FolderIdentity): boolean {
  return a.inode === b.inode || (a.made === b.made && a.made !== '0')
}

/** An identity out of a file; undefined: it is none. */
export function readIdentity(text: string): FolderIdentity | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const { path, inode, made }: { path?: unknown; inode?: unknown; made?: unknown } = Object(value)
  return typeof path === 'string' && typeof inode === 'string' && typeof made === 'string'
    ? { path, inode, made }
    : undefined
}
