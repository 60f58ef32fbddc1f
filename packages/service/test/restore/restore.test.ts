/** R18: what a service does at its first start after it was restored. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import type { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
let gate: FakeModule
let office: FakeModule

const takenAt = '2026-11-24T09:30:00Z'

/** As if the database were of an hour ago, when less had been said: then the service starts as one that was restored. */
const restore = async (note: string = JSON.stringify({ takenAt })): Promise<void> => {
  writeFileSync(join(plant.folder, 'restored.json'), note)
  await gate.disconnect()
  await office.disconnect()
  await plant.restart()
}
const status = () => plant.call(operations.status, {})
const versions = async (): Promise<readonly { bundle: number; epoch: number }[]> =>
  (await plant.rows('select module, max(version) as bundle, max(epoch) as epoch from bundle group by module')) as never

beforeAll(async () => {
  plant = await startPlant(server())
  gate = await plant.module('edge-gate')
  office = await plant.module('edge-office')
  for (const module of [gate, office]) {
    await module.until(each => each.newest('policy-bundle'))
    await module.health()
    await module.until(each => each.newest('acknowledgement'))
  }
  await plant.service.idle()
})
afterAll(() => plant.stop())

test('T30: a restore begins anew: higher epoch, higher numbers for everything, nothing that is for once, a record of it', async () => {
  const before = await status()
  expect(before.restore).toBeNull()
  await plant.call(operations.orderCommissioning, { module: 'edge-lab' })
  const bundle = Math.max(...(await versions()).map(row => Number(row.bundle)))
  await restore()
  const after = await status()
  expect(after.epoch).toBeGreaterThan(before.epoch + 1_000_000)
  expect(after.restore).toEqual({
    at: '2026-11-24T10:00:00Z',
    takenAt,
    ahead: [],
    unheard: ['edge-gate', 'edge-office'],
  })
  for (const row of await versions()) expect(Number(row.bundle)).toBeGreaterThan(bundle + 1_000_000)
  const sequences = (await plant.rows('select last from sequence')) as readonly { last: string }[]
  for (const { last } of sequences) expect(Number(last)).toBeGreaterThanOrEqual(plant.clock.now() * 1_024)
  expect(await plant.rows('select 1 from commissioning_order')).toEqual([])
  const { events } = await plant.call(operations.events, { limit: 20 })
  expect(events.some(({ event }) => event === 'restored')).toBe(true)
  expect(existsSync(join(plant.folder, 'restored.json'))).toBe(false)
})

test('T30: nothing goes to a module before it has said what it has; then a bundle under a new number and epoch', async () => {
  const old = gate.newest('policy-bundle')
  const count = gate.received.length
  await gate.connect()
  await plant.service.idle()
  expect(gate.received).toHaveLength(count)
  await gate.health()
  const fresh = await gate.until(each => {
    const newest = each.newest('policy-bundle')
    return newest === old ? undefined : newest
  })
  expect(fresh.sequence).toBeGreaterThan((old?.sequence ?? 0n) + 1_000_000n)
  expect(fresh.payload.epoch).toBe((await status()).epoch)
  // As the module knows blocks by: it keeps those that the backup does not know.
  expect(fresh.payload.revocationVersion).toBe(old?.payload.revocationVersion)
  expect((await status()).restore?.unheard).toEqual(['edge-office'])
})

test('R18: a module that has more than the backup knows is named, with an alarm', async () => {
  await office.connect()
  await office.health({ heads: { ...office.heads, revocations: 3 } })
  await office.until(each => each.newest('acknowledgement'))
  await plant.service.idle()
  const { restore: state } = await status()
  expect(state).toMatchObject({ unheard: [], ahead: [{ module: 'edge-office', what: 'blocks version 3, known 1' }] })
  const alarms = await plant.rows("select code from alarm where module = 'edge-office'")
  expect(alarms).toContainEqual({ code: 'module-ahead' })
})

test('R18: a block after the restore reaches a module that knows later ones than the backup', async () => {
  const { person } = await plant.call(operations.revoke, { person: 'ben', reason: 'lost' })
  expect(person?.id).toBe('ben')
  const delta = await office.until(each => each.newest('revocation-delta'))
  expect(delta.payload.base).toBeLessThanOrEqual(3)
  expect(delta.payload.version).toBeGreaterThan(3)
  expect(delta.payload.entries.length).toBeGreaterThan(0)
})

test('a second restore of the same backup begins above what the first one used, and half a note is a note', async () => {
  const first = await status()
  const used = (await plant.rows('select max(last) as last from sequence')) as readonly { last: string }[]
  plant.clock.advance(60_000)
  // The backup knows nothing of the first restore.
  await plant.rows('update sequence set last = 1')
  await plant.rows('update site set epoch = 1')
  await restore('{"takenAt":')
  const second = await status()
  expect(second.epoch).toBeGreaterThan(first.epoch)
  expect(second.restore?.takenAt).toBeNull()
  const least = (await plant.rows('select min(last) as last from sequence')) as readonly { last: string }[]
  expect(Number(least[0]?.last)).toBeGreaterThan(Number(used[0]?.last))
})
