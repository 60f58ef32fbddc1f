import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, SeededRandom } from '@edgeward/base'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createModule } from '../src/index.ts'
import { Surroundings } from './harness/plant.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-module-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const block = new SeededRandom(3).bytes(16)
const generators: readonly (readonly [string, Random])[] = [
  ['gives zeros', { bytes: count => new Uint8Array(count) }],
  ['gives one byte', { bytes: count => new Uint8Array(count).fill(0xa5) }],
  ['repeats a block', { bytes: count => Uint8Array.from({ length: count }, (_, i) => block[i % 16] ?? 0) }],
  ['begins anew at each draw', { bytes: count => new SeededRandom(1).bytes(count) }],
]

test.each(generators)(
  'T02: a module whose random generator %s does not start, and leaves nothing behind',
  async (_, random) => {
    const surroundings = new Surroundings()
    const ports = surroundings.ports()
    const { timers } = surroundings
    const keyStore = await createMemoryKeyStore(new SeededRandom(2))
    const log = { info: () => undefined, warn: () => undefined }
    const opening = createModule({ dataFolder: folder, moduleId: 'edge-1', ports, keyStore, random, timers, log })
    await expect(opening).rejects.toMatchObject({ code: 'self-test-failed' })
    expect(readdirSync(folder)).toEqual([])
  },
)
