/** Where everything of one plant lives, and where its sockets are when that folder's path is too long for one. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError } from './cli-error.ts'

/** A Unix socket's path has 107 bytes on Linux, 103 on macOS; some are kept in reserve. */
const longestSocketPath = 100

/** The clone that this file was built in. */
export const cloneFolder: string = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** The folder in force: `--data`, else EDGEWARD_DATA, else `.edgeward/` in the clone. */
export function dataFolderOf(option: string | undefined): DataFolder {
  return new DataFolder(resolve(option ?? process.env.EDGEWARD_DATA ?? join(cloneFolder, '.edgeward')))
}

/** How the command is typed so that it finds this folder again. */
export function commandFor(folder: DataFolder): string {
  return dataFolderOf(undefined).root === folder.root ? 'npx edgeward' : `npx edgeward --data ${folder.root}`
}

/** Paths of a data folder; nothing is created by asking for them. */
export class DataFolder {
  readonly root: string
  constructor(root: string) {
    this.root = root
  }

  get lock(): string {
    return join(this.root, 'lock')
  }
  get clock(): string {
    return join(this.root, 'clock.json')
  }
  /** Which folder this is, to know a copy by. */
  get identity(): string {
    return join(this.root, 'folder.json')
  }
  get run(): string {
    return join(this.root, 'run.json')
  }
  get service(): string {
    return join(this.root, 'service')
  }
  get pins(): string {
    return join(this.root, 'demo-pins.txt')
  }
  get logs(): string {
    return join(this.root, 'logs')
  }
  get operatorSocket(): string {
    return socketPath(this.root, 'operator.sock')
  }
  module(id: string): string {
    return join(this.root, 'modules', id)
  }
  controlSocket(module: string): string {
    return socketPath(this.root, join('modules', module, 'control.sock'))
  }
  wallet(person: string): string {
    return join(this.root, 'wallets', person)
  }
  modules(): readonly string[] {
    return listFolder(join(this.root, 'modules'))
  }
  wallets(): readonly string[] {
    return listFolder(join(this.root, 'wallets'))
  }

  /** Makes the folder, readable by its owner alone. */
  create(): void {
    for (const folder of [this.root, this.service, this.logs]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
}

/**
 * Where a socket of this data folder is: in it, or in a run folder of this user's under the system's temporary folder
 * when its path would be too long. Every process comes to the same answer.
 */
export function socketPath(root: string, relative: string): string {
  const wanted = join(root, relative)
  if (Buffer.byteLength(wanted) <= longestSocketPath) return wanted
  const name = relative.replaceAll(/[/\\]/g, '-')
  return join(
    runFolder(root),
    Buffer.byteLength(name) <= 48 ? name : `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.sock`,
  )
}

/** The run folder of a data folder, made if need be. Throws a CliError when somebody else owns it. */
function runFolder(root: string): string {
  const mine = join(tmpdir(), `edgeward-${userInfo().uid}`)
  const folder = join(mine, createHash('sha256').update(root).digest('hex').slice(0, 12))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const path of [mine, folder]) {
    const status = lstatSync(path)
    if (!status.isDirectory() || (process.getuid && status.uid !== process.getuid()) || (status.mode & 0o077) !== 0) {
      throw new CliError(
        'run-folder',
        `${path} must be a folder of yours with mode 0700. Remove it, or choose a shorter --data folder.`,
      )
    }
  }
  return folder
}

function listFolder(path: string): readonly string[] {
  return existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(entry => entry.name)
        .sort()
    : []
}
