/** Envelopes as the ordinary tests hurt them, in the numbers of the threat model: minutes, not seconds. */
import { afterEach, expect, test } from 'vitest'
import { flipEverything } from '../../packages/keystore/test/seal/flips.ts'
import { instances, sendOverRestore } from '../../packages/keystore/test/seal/instances.ts'
import { commission, openService } from '../../packages/keystore/test/seal/plant.ts'
import type { Database } from '../../packages/module/src/index.ts'
import { oneOfEach } from '../../packages/module/test/harness/one-of-each.ts'
import { endsOfOrders } from '../../packages/module/test/harness/orders.ts'
import { Plant } from '../../packages/module/test/harness/plant.ts'

let plant: Plant | undefined
afterEach(async () => {
  await plant?.remove()
  plant = undefined
})

test('T27: every bit of a hundred envelopes of all types that go either way, flipped, opens nothing', async () => {
  const service = await openService()
  const module = await commission(service, 'pump-house')
  let [tried, opened] = [0, 0]
  // Thirteen times eight.
  for (let round = 0; round < 13; round++) {
    const [of, good] = await flipEverything(service, module, { every: 1 })
    tried += of
    opened += good
  }
  expect(tried).toBeGreaterThan(13 * 8 * 256 * 8)
  expect(opened).toBe(0)
})

test('T29: in all 720 orders of six envelopes of all types a module ends in the same state, locked', async () => {
  let db: Database | undefined
  plant = await Plant.create({
    wrapDatabase: opened => {
      opened.run('PRAGMA synchronous = OFF')
      db = opened
      return opened
    },
  })
  const { bundle, delta, keys, command, acknowledgement, time } = await oneOfEach(plant)
  const envelopes = [bundle, delta, keys, command, acknowledgement, time]
  const ends = await endsOfOrders({ plant, database: () => db as Database, envelopes, every: 1 })
  expect(ends.slice(1)).toEqual([])
  expect(ends[0]).toContain(String.raw`\"lockdowns\":[\"site\"]`)
})

test('T30: a hundred thousand envelopes of four instances over a restore have as many nonces', async () => {
  const each = 12_500
  const { count, nonces } = await sendOverRestore(each)
  expect(count).toBe(2 * instances * each)
  expect(nonces).toBe(count)
})
