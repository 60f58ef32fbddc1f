/**
 * What a backup of a data folder holds, each part as one moment of it. The service comes first: a module that is a
 * little newer than the service is asked again for what is missing; the other way round a record could exist twice.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyStore } from '@edgeward/module'
import { type BackupSink, backUpDatabase } from '@edgeward/service/backup'
import { CliError } from '../cli-error.ts'
import type { DataFolder } from '../data-folder.ts'
import { passingFile, storeLog } from '../folder-parts.ts'

const storeFile = 'store.db'
const keyFile = 'keys.sealed'
/** A module whose keys change at every try is being commissioned over and over. */
const mostTries = 10

/** Hands every part to the sink. `scratch`: a folder of ours on the disk that the backup goes to. */
export async function backUpPlant(folder: DataFolder, sink: BackupSink, scratch: string): Promise<void> {
  await backUpDatabase(folder.root, sink)
  // Keys after the database: it never speaks of a key that was not there before.
  await copyTree(folder.service, 'service', sink)
  await sink.folder('modules')
  for (const id of folder.modules()) await copyModule(folder.module(id), `modules/${id}`, { sink, scratch })
  await sink.folder('wallets')
  for (const id of folder.wallets()) await copyTree(folder.wallet(id), `wallets/${id}`, sink)
  for (const [name, path] of [
    ['clock.json', folder.clock],
    ['demo-pins.txt', folder.pins],
  ] as const) {
    if (existsSync(path)) await sink.bytes(name, readFileSync(path))
  }
}

/** Store and keys of one moment: the keys are the same before and after the store was copied. */
async function copyModule(
  from: string,
  to: string,
  { sink, scratch }: { readonly sink: BackupSink; readonly scratch: string },
): Promise<void> {
  const store = join(from, storeFile)
  const keys = join(from, 'keys', keyFile)
  const copied = join(mkdtempSync(join(scratch, 'store-')), storeFile)
  for (let attempt = 0; existsSync(store); attempt++) {
    const before = contentOf(keys)
    rmSync(copied, { force: true })
    await copyStore(store, copied)
    if (contentOf(keys).equals(before)) break
    if (attempt === mostTries)
      throw new CliError('busy', `The keys of ${to} change all the time. Try again when the module is settled.`)
  }
  await copyTree(from, to, sink)
  if (existsSync(copied)) await sink.file(`${to}/${storeFile}`, copied)
}

/** Regular files and folders; what only its process needs stays. Files here are replaced as a whole, never written over. */
async function copyTree(from: string, to: string, sink: BackupSink): Promise<void> {
  await sink.folder(to)
  if (!existsSync(from)) return
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const { name } = entry
    if (entry.isDirectory()) await copyTree(join(from, name), `${to}/${name}`, sink)
    else if (entry.isSymbolicLink())
      throw new CliError(
        'data-folder',
        `${join(from, name)} is a link, and a backup holds none. Put the file itself there, or remove the link.`,
      )
    else if (entry.isFile() && name !== storeFile && !passingFile.test(name) && !storeLog.test(name))
      await sink.file(`${to}/${name}`, join(from, name))
  }
}

function contentOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}
