/** Puts a backup into a new data folder: all of it, or nothing. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writeRestoredNote } from '@edgeward/service/data-folder'
import { isSealed, type MemberTaker, type ReadBackup, readBackup } from '../backup/archive-reader.ts'
import { CliError } from '../cli-error.ts'
import { commandFor, type DataFolder, dataFolderOf } from '../data-folder.ts'
import { bold, green, say, sayJson, yellow } from '../output.ts'
import { readPassphrase } from '../passphrase.ts'
import { shownBytes } from '../shown-bytes.ts'

export interface RestoreOptions {
  readonly data?: string
  readonly json?: boolean
  readonly file: string
}

/** Looks through the whole file before it writes anything; the folder appears when it is whole. */
export async function restore(options: RestoreOptions): Promise<void> {
  const folder = dataFolderOf(options.data)
  checkTarget(folder)
  const handle = await openBackup(options.file)
  try {
    const passphrase = (await isSealed(handle)) ? await readPassphrase() : undefined
    const read = await readBackup(handle, passphrase, onlyLook)
    await putInPlace(folder, { handle, passphrase, read })
    report(options, folder, read)
  } finally {
    await handle.close()
  }
}

/** The folder must not be there, or be empty: a restore never mixes with what is. */
function checkTarget({ root }: DataFolder): void {
  if (!existsSync(root)) {
    if (!existsSync(dirname(root)))
      throw new CliError(
        'no-such-folder',
        `${dirname(root)} is no folder. Make it first, or choose another with --data.`,
      )
    return
  }
  let left: readonly string[]
  try {
    left = readdirSync(root)
  } catch (error) {
    throw new CliError('not-empty', `${root} is no folder that can be read. Choose another with --data.`, {
      cause: error,
    })
  }
  if (left.length > 0)
    throw new CliError(
      'not-empty',
      `${root} is not empty, and a restore never mixes with what is there. Choose a new folder with --data, or move this one away.`,
    )
}

async function openBackup(file: string): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(
      'no-such-file',
      code === 'ENOENT'
        ? `There is no file ${file}.`
        : `${file} cannot be read (${code}). Run this as the user whom it belongs to.`,
      { cause: error },
    )
  }
  // A pipe or a device cannot be read twice.
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new CliError('not-a-backup', `${file} is no regular file. Save the backup as a file first.`)
}

const onlyLook: MemberTaker = {
  folder: async () => undefined,
  async file(_path, content) {
    for await (const _ of content);
  },
}

interface ToPut {
  readonly handle: FileHandle
  readonly passphrase: string | undefined
  readonly read: ReadBackup
}

async function putInPlace({ root }: DataFolder, { handle, passphrase, read }: ToPut): Promise<void> {
  removeLeftovers(root)
  checkRoom(root, read)
  const half = `${root}${halfName}${process.pid}`
  const interrupted = (): void => {
    rmSync(half, { recursive: true, force: true })
    process.stderr.write('\nInterrupted. Nothing was restored.\n')
    process.exit(1)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    mkdirSync(half, { mode: 0o700 })
    await readBackup(handle, passphrase, writerInto(half))
    writeRestoredNote(half, { takenAt: read.head.takenAt })
    syncTree(half)
    // Over nothing, or over an empty folder: the system refuses anything else.
    renameSync(half, root)
    syncFolder(dirname(root))
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw explained(error, root)
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

const halfName = '.restoring-'

/** Halves of restores that were killed. */
function removeLeftovers(root: string): void {
  const prefix = `${basename(root)}${halfName}`
  for (const name of readdirSync(dirname(root))) {
    const pid = Number(name.slice(prefix.length))
    if (!name.startsWith(prefix) || !Number.isSafeInteger(pid) || isRunning(pid)) continue
    rmSync(join(dirname(root), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function checkRoom(root: string, { members }: ReadBackup): void {
  const wanted = members.reduce((sum, { size }) => sum + size, 0)
  const { bavail, bsize } = statfsSync(dirname(root))
  if (wanted <= bavail * bsize) return
  throw new CliError(
    'disk-full',
    `The plant needs ${shownBytes(wanted)}, and the disk of ${root} has ${shownBytes(bavail * bsize)} left. Nothing was restored. Make room, or choose a folder on another disk with --data.`,
  )
}

function writerInto(half: string): MemberTaker {
  return {
    async folder(path) {
      mkdirSync(join(half, path), { mode: 0o700 })
    },
    async file(path, content) {
      const file = await open(join(half, path), 'wx', 0o600)
      try {
        for await (const piece of content) await file.write(piece)
        await file.sync()
      } finally {
        await file.close()
      }
    },
  }
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) syncTree(join(folder, entry.name))
  syncFolder(folder)
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const meanings: Readonly<Record<string, (root: string) => readonly [string, string]>> = {
  ENOSPC: root => ['disk-full', `The disk of ${root} is full. Nothing was restored.`],
  EDQUOT: root => ['disk-full', `Your quota on the disk of ${root} is used up. Nothing was restored.`],
  EACCES: root => [
    'folder-refused',
    `${dirname(root)} cannot be written to. Choose another folder with --data, or run this as another user.`,
  ],
  EROFS: root => ['folder-refused', `${dirname(root)} is on a read-only disk. Choose another folder with --data.`],
  ENOTEMPTY: root => ['not-empty', `${root} came to be meanwhile and is not empty. Nothing was restored.`],
  EEXIST: root => ['not-empty', `${root} came to be meanwhile and is not empty. Nothing was restored.`],
}

function explained(error: unknown, root: string): unknown {
  if (error instanceof CliError) return error
  const meaning = meanings[String((error as { code?: unknown }).code)]?.(root)
  return meaning === undefined ? error : new CliError(meaning[0], meaning[1], { cause: error })
}

function report({ json }: RestoreOptions, folder: DataFolder, { head, members }: ReadBackup): void {
  const { takenAt, site } = head
  if (json) {
    sayJson({ folder: folder.root, takenAt, site, members: members.length })
    return
  }
  const edgeward = commandFor(folder)
  say(`${green('✓')} ${folder.root} is ${site?.name ?? 'the plant'} as it was at ${takenAt}. Every hash was checked.`)
  say(`Start it: ${bold(`${edgeward} ${existsSync(folder.clock) ? 'demo start' : 'serve'}`)}`)
  say(
    yellow(
      'A restore is an event: at its start the service opens new numbers and a new epoch, ends all sessions, invitations and orders, and names the modules that know more than the backup (`edgeward status`). Repeat the blocks that were made since, before you change anything else.',
    ),
  )
}
