import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { canReach, databaseAccount } from '../../src/database/account.ts'
import { installedBinaries, reachableBinaries } from '../../src/database/binaries.ts'
import { openDatabase } from '../../src/database/database.ts'
import { placeDatabase, systemHome } from '../../src/database/placement.ts'
import { initialise, start } from '../../src/database/postmaster.ts'

const folders: string[] = []
const newFolder = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ew-db-')))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) {
    const pointer = join(folder, 'database.location')
    if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
})

const silent = (): void => undefined

test('a private data folder of any depth gets a database that survives stop and start', async () => {
  const folder = join(newFolder(), ...Array.from({ length: 12 }, () => 'quite-deep'), 'plant')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const lines: string[] = []
  const first = await openDatabase({ dataFolder: folder, log: line => void lines.push(line) })
  if ('host' in first.app) expect(Buffer.byteLength(join(first.app.host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107)
  const client = new pg.Client(first.owner)
  await client.connect()
  await client.query('create table kept (a int)')
  expect((await client.query('show fsync')).rows).toEqual([{ fsync: 'on' }])
  expect((await client.query('show listen_addresses')).rows).toEqual([{ listen_addresses: '' }])
  // T51: a refused row is told in the log, what was in it is not.
  await client.query('create table once (name text primary key)')
  const insert = () => client.query("insert into once values ('ZQ-canary-name')")
  await insert()
  await expect(insert()).rejects.toMatchObject({ code: '23505' })
  await client.end()
  await first.stop()
  expect(lines.join('\n')).toContain('once_pkey')
  expect(lines.join('\n')).not.toContain('ZQ-canary')
  const second = await openDatabase({ dataFolder: folder, log: silent })
  const again = new pg.Client(second.owner)
  await again.connect()
  expect((await again.query("select to_regclass('kept') is not null as kept")).rows).toEqual([{ kept: true }])
  await again.end()
  await second.stop()
  if (second.elsewhere) rmSync(second.location ?? '', { recursive: true })
})

test('the server that a killed service left behind is ended, and the next one takes its place', async () => {
  const folder = newFolder()
  const account = databaseAccount()
  const placement = placeDatabase(folder, account)
  const { binaries } = reachableBinaries(await installedBinaries(), account, systemHome)
  const lines: string[] = []
  const options = { binaries, account, placement, log: (line: string) => void lines.push(line) }
  await initialise(options)
  const left = await start(options)
  const next = await start(options)
  await left.ended
  expect(next.pid).not.toBe(left.pid)
  expect(lines.join('\n')).toContain(`ending PostgreSQL ${left.pid}`)
  await next.stop()
})

test('a pid file that names some other process ends nobody', async () => {
  const folder = newFolder()
  const account = databaseAccount()
  const placement = placeDatabase(folder, account)
  const { binaries } = reachableBinaries(await installedBinaries(), account, systemHome)
  const options = { binaries, account, placement, log: silent }
  await initialise(options)
  writeFileSync(join(placement.home, 'data', 'postmaster.pid'), `${process.pid}\n${placement.home}/data\n`)
  if (account !== undefined)
    (await import('node:fs')).chownSync(join(placement.home, 'data', 'postmaster.pid'), account.uid, account.gid)
  const postmaster = await start(options)
  await postmaster.stop()
  expect(process.kill(process.pid, 0)).toBe(true)
})

test('files of another major version are refused before anything is touched', async () => {
  const folder = newFolder()
  const placement = placeDatabase(folder, undefined)
  mkdirSync(join(placement.home, 'data'), { recursive: true })
  writeFileSync(join(placement.home, 'data', 'PG_VERSION'), '15\n')
  const options = { binaries: await installedBinaries(), account: undefined, placement, log: silent }
  await expect(initialise(options)).rejects.toMatchObject({ code: 'database-version' })
})

test('a pointer to a place that is not ours is refused', () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'database.location'), '/etc\n')
  expect(() => placeDatabase(folder, undefined)).toThrow(expect.objectContaining({ code: 'data-folder' }))
  rmSync(join(folder, 'database.location'))
})

test('somebody else cannot pass through a private folder, and programs below it are copied to where he can', async () => {
  const folder = newFolder()
  const stranger = { uid: 65_533, gid: 65_533 }
  mkdirSync(join(folder, 'bin'))
  chmodSync(folder, 0o755)
  expect(canReach(stranger, join(folder, 'bin', 'postgres'))).toBe(true)
  chmodSync(folder, 0o700)
  expect(canReach(stranger, join(folder, 'bin', 'postgres'))).toBe(false)
  for (const name of ['initdb', 'postgres']) writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n', { mode: 0o700 })
  const installed = { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
  const cache = newFolder()
  const first = reachableBinaries(installed, stranger, cache)
  expect(first.copied).toBe(true)
  expect(first.binaries.postgres.startsWith(cache)).toBe(true)
  expect(reachableBinaries(installed, stranger, cache)).toEqual({ binaries: first.binaries, copied: false })
  expect(reachableBinaries(installed, undefined, cache).binaries).toEqual(installed)
})
