/**
 * A data folder that was copied while its plant ran holds locks, sockets and process ids of the original. Whoever starts
 * the copy must not end the original by them: a folder knows which one it is, and a copy begins as a restored one does.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type FolderIdentity,
  folderIdentity,
  isSameFolder,
  readIdentity,
  writeRestoredNote,
} from '@edgeward/service/data-folder'
import type { DataFolder } from './data-folder.ts'
import { passingFile } from './folder-parts.ts'
import { replaceFile } from './replace-file.ts'

/** What names processes of the folder that this one was copied from, besides locks and sockets. */
const processFiles = ['run.json', join('database', 'data', 'postmaster.pid'), join('database', 'socket')]

/** To be called before anything of the folder is used. The folder must exist. */
export function settleFolder(folder: DataFolder): void {
  const now = folderIdentity(folder.root)
  const before = existsSync(folder.identity) ? readIdentity(readFileSync(folder.identity, 'utf8')) : undefined
  if (before !== undefined && !isSameFolder(before, now)) becomeOneOfItsOwn(folder, before)
  if (before?.path === now.path && before.inode === now.inode) return
  replaceFile(folder.identity, JSON.stringify(now))
}

function becomeOneOfItsOwn(folder: DataFolder, { path }: FolderIdentity): void {
  for (const name of processFiles) rmSync(join(folder.root, name), { recursive: true, force: true })
  const places = [
    folder.root,
    join(folder.service, 'keys'),
    ...folder.modules().flatMap(id => [folder.module(id), join(folder.module(id), 'keys')]),
    ...folder.wallets().map(id => join(folder.wallet(id), 'keys')),
  ]
  for (const place of places) removePassing(place)
  // R18: what it says next must not be what the original says too.
  writeRestoredNote(folder.root, { takenAt: null })
  process.stderr.write(`  ${folder.root} is a copy of ${path}: it goes on by itself, as after a restore.\n`)
}

function removePassing(place: string): void {
  if (!existsSync(place)) return
  for (const entry of readdirSync(place, { withFileTypes: true }))
    if (!entry.isDirectory() && passingFile.test(entry.name)) rmSync(join(place, entry.name), { force: true })
}
