import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { resetDemo } from '../src/demo/reset.ts'
import { startSharedClock } from '../src/shared-clock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-reset-'))
  startSharedClock(join(folder, 'clock.json'), 0)
  for (const part of ['service/keys', 'modules/edge-1', 'wallets/ada', 'logs'])
    mkdirSync(join(folder, part), { recursive: true })
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('a reset removes the plant, and the folder with it', async () => {
  writeFileSync(join(folder, 'demo-pins.txt'), '')
  await resetDemo({ data: folder, yes: true })
  expect(existsSync(folder)).toBe(false)
})

test('a reset removes nothing that is not of the plant', async () => {
  writeFileSync(join(folder, 'thesis.txt'), 'three years of work')
  await resetDemo({ data: folder, yes: true })
  expect(readFileSync(join(folder, 'thesis.txt'), 'utf8')).toBe('three years of work')
  expect(existsSync(join(folder, 'wallets'))).toBe(false)
})

test('a folder that only has a file of that name is no plant', async () => {
  writeFileSync(join(folder, 'clock.json'), '{"brand":"a kitchen clock"}')
  await expect(resetDemo({ data: folder, yes: true })).rejects.toMatchObject({ code: 'no-plant' })
  expect(existsSync(join(folder, 'wallets'))).toBe(true)
})

test('the reset of a copy leaves the database of the plant it was copied from', async () => {
  // Only root has its database in a folder of the system; for others that folder is one that is not there.
  const database = `/var/lib/edgeward/test-reset-${process.pid}`
  const isRoot = process.getuid?.() === 0
  if (isRoot) mkdirSync(database, { recursive: true })
  try {
    writeFileSync(join(folder, 'database.location'), `${database}\n`)
    await resetDemo({ data: folder, yes: true })
    expect(existsSync(database)).toBe(isRoot)
    expect(existsSync(folder)).toBe(false)
  } finally {
    if (isRoot) rmSync(database, { recursive: true, force: true })
  }
})

test('a database that a killed service left running is ended', async () => {
  const data = join(folder, 'database/data')
  mkdirSync(data, { recursive: true })
  const left = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)', data], { stdio: 'ignore' })
  const ended = once(left, 'exit')
  writeFileSync(join(data, 'postmaster.pid'), `${left.pid}\n`)
  try {
    await resetDemo({ data: folder, yes: true })
    await ended
  } finally {
    left.kill('SIGKILL')
  }
})
