/** A folder that was copied while its plant ran must not end the original. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DataFolder } from '../src/data-folder.ts'
import { settleFolder } from '../src/settle-folder.ts'

let desk: string
let original: DataFolder

beforeEach(() => {
  desk = mkdtempSync(join(tmpdir(), 'edgeward-settle-'))
  original = new DataFolder(join(desk, 'original'))
  original.create()
  for (const path of [
    'lock',
    'run.json',
    'service/keys/lock',
    'service/keys/keys.sealed',
    'modules/a/module.pid',
    'modules/a/keys/lock',
    'modules/a/store.db',
    'database/data/postmaster.pid',
    'database/socket/.s.PGSQL.5432.lock',
    'database/data/PG_VERSION',
    'wallets/ada/keys/lock',
  ]) {
    mkdirSync(join(original.root, path, '..'), { recursive: true })
    writeFileSync(join(original.root, path), path)
  }
  settleFolder(original)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(desk, { recursive: true, force: true })
})

const has = (folder: DataFolder, path: string): boolean => existsSync(join(folder.root, path))

test('a folder stays as it is over starts, and when it is moved', () => {
  settleFolder(original)
  const moved = new DataFolder(join(desk, 'moved'))
  renameSync(original.root, moved.root)
  settleFolder(moved)
  expect(has(moved, 'lock')).toBe(true)
  expect(has(moved, 'restored.json')).toBe(false)
  expect(JSON.parse(readFileSync(moved.identity, 'utf8'))).toMatchObject({ path: moved.root })
})

test('T30: a copy loses what names the processes of the original, keeps the rest, and begins as a restored one', async () => {
  const copy = new DataFolder(join(desk, 'copy'))
  await vi.waitFor(() => {
    rmSync(copy.root, { recursive: true, force: true })
    cpSync(original.root, copy.root, { recursive: true })
    settleFolder(copy)
    expect(has(copy, 'restored.json')).toBe(true)
  })
  for (const path of [
    'lock',
    'run.json',
    'service/keys/lock',
    'modules/a/module.pid',
    'modules/a/keys/lock',
    'database/data/postmaster.pid',
    'database/socket/.s.PGSQL.5432.lock',
    'wallets/ada/keys/lock',
  ])
    expect(has(copy, path), path).toBe(false)
  for (const path of ['service/keys/keys.sealed', 'modules/a/store.db', 'database/data/PG_VERSION'])
    expect(has(copy, path), path).toBe(true)
  expect(has(original, 'lock')).toBe(true)
  expect(has(original, 'restored.json')).toBe(false)
  rmSync(join(copy.root, 'restored.json'))
  settleFolder(copy)
  expect(has(copy, 'restored.json')).toBe(false)
})
