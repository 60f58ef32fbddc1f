import type { AuditRecord } from '@edgeward/domain'
import { signEvidence } from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant

beforeAll(async () => {
  plant = await startPlant(server())
})
afterAll(() => plant.stop())

const healthOf = async (id: string) => {
  const found = (await plant.call(operations.modules, {})).modules.find(module => module.id === id)
  if (found === undefined) throw new Error(`no module ${id}`)
  return found
}
const started = (at: number): AuditRecord => ({
  kind: 'module',
  at,
  clockQuality: 'synchronised',
  simulated: true,
  event: 'started',
})
const alarmsOf = async (id: string) =>
  (await plant.rows(`select code, detail from alarm where module = '${id}' order by id`)) as readonly {
    code: string
    detail: string
  }[]

/** Sends a batch of the last record and waits for the answer to it. */
async function answered(module: FakeModule, send: () => Promise<void>) {
  const before = module.received.length
  await send()
  const answer = await module.until(m => m.received.slice(before).find(({ type }) => type === 'acknowledgement'))
  await plant.service.idle()
  return answer.type === 'acknowledgement' ? answer.payload.acknowledged[0] : undefined
}

test('T27: a batch that somebody else signed is not even a sign of life', async () => {
  const gate = await plant.module('edge-gate')
  gate.record(started(gate.now))
  await gate.until(module => module.newest('policy-bundle'))
  await plant.service.idle()
  const { lastContact } = await healthOf('edge-gate')
  plant.clock.advance(3_600_000)
  const other = await createMemoryKeyStore()
  const { keyId, version, purpose, algorithm } = gate.keys.identity
  const facts = { head: gate.headAfter(1), records: 1, counter: 1, module: gate.settings.moduleParty, chainEpoch: 1 }
  const evidence = await signEvidence(other, await other.generate({ keyId, version, purpose, algorithm }), facts)
  const answer = await answered(gate, async () =>
    gate.publish(await gate.seal('audit-batch', await gate.batch(1, 1), { evidence })),
  )
  expect(answer).toMatchObject({ result: 'refused', version: 0 })
  expect((await healthOf('edge-gate')).lastContact).toBe(lastContact)
})

test('T28: an old acknowledgement, sent again, takes nothing out of force', async () => {
  const lab = await plant.module('edge-lab')
  const first = await lab.until(module => module.newest('policy-bundle'))
  await plant.service.idle()
  await plant.call(operations.revoke, { person: 'cleo', reason: 'lost' })
  const delta = await lab.until(module => module.newest('revocation-delta'))
  await lab.until(module => {
    const { version = 0 } = module.newest('policy-bundle')?.payload ?? {}
    return version > first.payload.version ? version : undefined
  })
  await plant.service.idle()
  const before = await healthOf('edge-lab')
  expect(before.bundle.effective).toBe(first.payload.version + 1)
  const { sequence, keyVersion: version } = first
  await lab.acknowledge({ type: 'policy-bundle', version, sequence, result: 'done' })
  await lab.acknowledge({ type: 'revocation-delta', version, sequence: delta.sequence, result: 'base-mismatch' })
  // An answer that comes behind them in the same queue.
  await answered(lab, () => lab.health())
  expect(await healthOf('edge-lab')).toMatchObject({ bundle: before.bundle, revocations: before.revocations })
  expect(await alarmsOf('edge-lab')).toEqual([])
})

test('T60: a module with fewer records than it had has lost some: an alarm', async () => {
  const store = await plant.module('edge-utilities')
  for (let i = 0; i < 3; i++) store.record(started(store.now))
  expect(await answered(store, () => store.sendBatch(1, 3))).toMatchObject({ result: 'done', version: 3 })
  expect(await alarmsOf('edge-utilities')).toEqual([])
  store.records.pop()
  plant.clock.advance(2_000)
  await answered(store, () => store.health())
  expect(await alarmsOf('edge-utilities')).toEqual([{ code: 'audit-gap', detail: '2 records, there were 3' }])
})

test('T55: a module in the place of another is believed with its own keys and chain, and its records are taken in', async () => {
  const old = await plant.module('edge-tanks')
  old.record(started(old.now))
  expect(await answered(old, () => old.sendBatch(1, 1))).toMatchObject({ result: 'done' })
  await old.disconnect()
  // Two orders came to nothing: the key version has gone on.
  for (let i = 0; i < 2; i++) await FakeModule.commission(plant, 'edge-tanks')
  const fresh = await plant.module('edge-tanks')
  fresh.chainEpoch = 4
  await answered(fresh, () => fresh.health({ heads: {} }))
  expect(await plant.rows("select reason from refusal where module = 'edge-tanks'")).toEqual([])
  fresh.record({ ...started(fresh.now), event: 'commissioned' })
  expect(await answered(fresh, () => fresh.sendBatch(1, 1))).toMatchObject({ result: 'done', version: 1 })
})

test('T54: a request with a key that is no point of the curve leaves the order open', async () => {
  const { order } = await plant.call(operations.orderCommissioning, { module: 'edge-warehouse' })
  await expect(FakeModule.commission(plant, 'edge-warehouse', { order, spoil: 'agreement' })).rejects.toMatchObject({
    code: 'order-refused',
  })
  await FakeModule.commission(plant, 'edge-warehouse', { order })
})

/** How often an account was refused, by reason. */
const refusalsOf = async (id: string): Promise<Readonly<Record<string, number>>> => (await healthOf(id)).refused.reasons

test('T24: a module whose disk was put back is noticed by the first thing that it says, and gets its state again', async () => {
  const gate = await plant.module('edge-office')
  const first = await gate.until(module => module.newest('policy-bundle'))
  await plant.service.idle()
  const old = await gate.sealHealth()
  await answered(gate, () => gate.publish(old))
  for (let i = 0; i < 3; i++) await answered(gate, () => gate.health())
  expect(await alarmsOf('edge-office')).toEqual([])
  // Somebody repeats what he heard: nothing but a refusal.
  await gate.publish(old)
  await answered(gate, () => gate.health())
  expect(await alarmsOf('edge-office')).toEqual([])

  plant.clock.advance(60_000)
  const back = await gate.sealHealth({ heads: { keyPackage: 99 } }, { sequence: 2n })
  const before = gate.received.length
  await gate.publish(back)
  const again = await gate.until(m => m.received.slice(before).find(({ type }) => type === 'policy-bundle'))
  expect(again.type === 'policy-bundle' && again.payload.version).toBe(first.payload.version)
  await plant.service.idle()
  expect(await alarmsOf('edge-office')).toMatchObject([{ code: 'rolled-back' }])
  expect((await alarmsOf('edge-office'))[0]?.detail).toMatch(/^health 2, was \d+$/)
  // Once more, it is only stale.
  const stale = (await refusalsOf('edge-office')).stale ?? 0
  await gate.publish(back)
  await answered(gate, () => gate.health())
  expect((await refusalsOf('edge-office')).stale).toBe(stale + 1)
})

test('T60: a counter that falls is an alarm, and the records that come with it are not taken in', async () => {
  const lab = await FakeModule.commission(plant, 'edge-warehouse')
  await lab.connect()
  lab.counter = 9
  lab.record(started(lab.now))
  expect(await answered(lab, () => lab.sendBatch(1, 1))).toMatchObject({ result: 'done', version: 1 })
  // Made before, and late: a carrier took its time.
  lab.counter = 8
  lab.record(started(lab.now))
  expect(await answered(lab, () => lab.sendBatch(2, 2))).toMatchObject({ result: 'done', version: 2 })
  expect(await alarmsOf('edge-warehouse')).toEqual([])

  plant.clock.advance(60_000)
  lab.counter = 5
  lab.record(started(lab.now))
  expect(await answered(lab, () => lab.sendBatch(3, 3))).toMatchObject({ result: 'refused', version: 2 })
  expect(await alarmsOf('edge-warehouse')).toEqual([{ code: 'rolled-back', detail: 'evidence counter 5, was 9' }])
  lab.counter = 10
  expect(await answered(lab, () => lab.sendBatch(3, 3))).toMatchObject({ result: 'done', version: 3 })
  await lab.disconnect()
})

test('a module that cannot take a bundle is not sent another one at once, however often it says so', async () => {
  const lab = await plant.module('edge-lab')
  await lab.until(module => module.newest('policy-bundle'))
  await plant.service.idle()
  lab.obedient = false
  lab.heads = { ...lab.heads, keyPackage: 99 }
  const bundles = () => lab.received.filter(({ type }) => type === 'policy-bundle')
  const before = bundles().length
  await plant.call(operations.revoke, { person: 'udo', reason: 'lost' })
  await lab.until(() => bundles()[before])
  for (let times = 0; times < 5; times++) {
    for (const { keyVersion: version, sequence } of bundles().slice(before))
      await lab.acknowledge({ type: 'policy-bundle', version, sequence, result: 'storage' })
    await answered(lab, () => lab.health())
  }
  expect(bundles()).toHaveLength(before + 1)
  plant.clock.advance(31_000)
  await lab.health()
  await lab.until(() => bundles()[before + 1])
  lab.obedient = true
})
