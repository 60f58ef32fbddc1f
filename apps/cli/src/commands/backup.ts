/** The whole data folder in one file, also while the plant runs. */
import { existsSync, linkSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { FolderInUse, lockFile } from '@edgeward/base/folder-lock'
import { operations } from '@edgeward/service/api'
import { databaseState } from '@edgeward/service/backup'
import { ArchiveWriter } from '../backup/archive-writer.ts'
import { type BackupHead, backupFormat } from '../backup/manifest.ts'
import { backUpPlant } from '../backup/plant-files.ts'
import { CliError } from '../cli-error.ts'
import { type DataFolder, dataFolderOf } from '../data-folder.ts'
import { lockFolder } from '../folder-lock.ts'
import { operatorApi } from '../operator-api.ts'
import { dim, green, say, sayJson, yellow } from '../output.ts'
import { readNewPassphrase } from '../passphrase.ts'
import { shownBytes } from '../shown-bytes.ts'
import { programVersion } from '../version.ts'

export interface BackupOptions {
  readonly data?: string
  readonly json?: boolean
  readonly file: string
  readonly passphrase?: boolean
}

/** Makes a backup. All or nothing: the file appears when it is whole. */
export async function backup(options: BackupOptions): Promise<void> {
  const folder = dataFolderOf(options.data)
  const file = targetOf(options.file, folder)
  const passphrase = options.passphrase ? await readNewPassphrase() : undefined
  const head = await headOf(folder)
  const release = head.running ? () => undefined : holdStill(folder)
  const scratch = scratchFolder(file)
  const interrupted = (): void => {
    rmSync(scratch, { recursive: true, force: true })
    process.stderr.write('\nInterrupted. No backup was made.\n')
    process.exit(1)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    await write(folder, { file, head, passphrase, scratch })
  } catch (error) {
    throw explained(error, file)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    release()
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
  report(options, { file, head, sealed: passphrase !== undefined })
}

interface ToWrite {
  readonly file: string
  readonly head: BackupHead
  readonly passphrase: string | undefined
  readonly scratch: string
}

async function write(folder: DataFolder, { file, head, passphrase, scratch }: ToWrite): Promise<void> {
  const half = join(scratch, basename(file))
  const writer = await ArchiveWriter.begin(half, head, passphrase)
  try {
    await backUpPlant(folder, writer, scratch)
    await writer.end()
  } catch (error) {
    await writer.abandon()
    throw error
  }
  // Never over a file that came meanwhile.
  linkSync(half, file)
}

/** Where the file goes: not there yet, in a folder that is, and not in the data folder itself. */
function targetOf(given: string, { root }: DataFolder): string {
  const file = resolve(given)
  if (!existsSync(root))
    throw new CliError('no-plant', `There is no plant in ${root}: nothing to back up. Choose its folder with --data.`)
  const parent = dirname(file)
  if (!existsSync(parent) || !statSync(parent).isDirectory())
    throw new CliError('no-such-folder', `${parent} is no folder. Make it first, or give another file.`)
  if (existsSync(file)) throw new CliError('file-exists', `${file} is there already. Give the backup another name.`)
  if (`${realpathSync(parent)}/`.startsWith(`${realpathSync(root)}/`))
    throw new CliError(
      'usage',
      `${file} lies in the data folder itself, and would be lost with it. Give a file elsewhere, best on another disk.`,
    )
  return file
}

async function headOf(folder: DataFolder): Promise<BackupHead> {
  const running = databaseState(folder.root).running !== undefined
  return {
    format: backupFormat,
    edgeward: programVersion,
    takenAt: `${new Date().toISOString().slice(0, 19)}Z`,
    site: running ? await siteOf(folder) : null,
    running,
  }
}

async function siteOf(folder: DataFolder): Promise<BackupHead['site']> {
  try {
    const { site } = await operatorApi(folder).call(operations.status, {})
    return site === null ? null : { id: site.id, name: site.name }
  } catch (error) {
    // The database runs without its service: a service that was killed left it.
    if (error instanceof CliError && error.code === 'service-away') return null
    throw error
  }
}

/** A plant that stands still is kept from starting meanwhile. */
function holdStill(folder: DataFolder): () => void {
  const unlock = lockFolder(folder)
  const keys = join(folder.service, 'keys')
  if (!existsSync(keys)) return unlock
  try {
    const release = lockFile(join(keys, 'lock'))
    return () => {
      release()
      unlock()
    }
  } catch (error) {
    unlock()
    if (!(error instanceof FolderInUse)) throw error
    throw new CliError(
      'busy',
      `A service starts or stops in ${folder.root} (process ${error.pid}). Wait until it is done, then try again.`,
      { cause: error },
    )
  }
}

/** On the disk of the backup, ours alone; gone at the end. */
function scratchFolder(file: string): string {
  try {
    return mkdtempSync(`${file}.part-`)
  } catch (error) {
    throw explained(error, file)
  }
}

const meanings: Readonly<Record<string, (file: string) => string>> = {
  ENOSPC: file =>
    `The disk of ${dirname(file)} is full. No backup was made. Make room, or give a file on another disk.`,
  EDQUOT: file => `Your quota on the disk of ${dirname(file)} is used up. No backup was made.`,
  EACCES: file =>
    `${dirname(file)} cannot be written to, or a part of the plant cannot be read. Run this as the user who runs the plant, and give a file where that user may write.`,
  EROFS: file => `${dirname(file)} is on a read-only disk. Give a file elsewhere.`,
  EEXIST: file => `${file} came to be meanwhile. Give the backup another name.`,
}

function explained(error: unknown, file: string): unknown {
  const { code } = error as { code?: unknown }
  const meaning = meanings[String(code)]
  return meaning === undefined || error instanceof CliError
    ? error
    : new CliError(code === 'ENOSPC' ? 'disk-full' : 'file-refused', meaning(file), { cause: error })
}

function report(
  { json }: BackupOptions,
  { file, head, sealed }: { readonly file: string; readonly head: BackupHead; readonly sealed: boolean },
): void {
  const { size } = statSync(file)
  const { takenAt, site, running } = head
  if (json) {
    sayJson({ file, bytes: size, takenAt, site, running, sealed })
    return
  }
  const how = running ? 'while the plant runs' : 'of a plant that stands still'
  say(`${green('✓')} ${file} is a backup of ${site?.name ?? 'the plant'}, taken ${how}: ${shownBytes(size)}.`)
  say(
    sealed
      ? 'It is sealed by the passphrase. Without it nobody opens the file, you neither.'
      : yellow(
          'Guard it like a master key: it holds the keys of the plant (software key store) and everything about its people. Seal one with --passphrase.',
        ),
  )
  say(dim(`Put it back with \`edgeward --data NEW-FOLDER restore ${file}\`. Logs are not in it.`))
}
