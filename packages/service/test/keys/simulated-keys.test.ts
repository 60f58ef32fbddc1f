import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMarkedSimulated, markSimulated } from '@edgeward/keystore'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startService } from '../../src/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ew-mark-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('T58: a start for production with keys of a simulation is refused before anything else is started', async () => {
  const keyStore = await createMemoryKeyStore()
  await markSimulated(keyStore)
  await expect(
    startService({ dataFolder: folder, production: true, openKeyStore: async () => keyStore }),
  ).rejects.toMatchObject({ code: 'simulation', message: expect.stringContaining('new data folder') })
})

test('T58: the mark is set once, lies among the keys, and is not there in a store of its own', async () => {
  const [demo, real] = [await createMemoryKeyStore(), await createMemoryKeyStore()]
  await markSimulated(demo)
  await markSimulated(demo)
  expect(await demo.list()).toHaveLength(1)
  expect(await isMarkedSimulated(demo)).toBe(true)
  expect(await isMarkedSimulated(real)).toBe(false)
})
