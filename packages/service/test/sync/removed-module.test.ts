/** A module that a site file takes out, and one that a later file has again. */
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import type { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const siteOf = (...modules: readonly string[]): string => `
edgeward: 1
site: { id: lab, timeZone: UTC }
areas: { hall: {} }
assets:
  left: { in: hall, kind: door, failSafe: true }
  right: { in: hall, kind: door, failSafe: true }
modules:
${modules.map(line => `  ${line}`).join('\n')}
`
const both = siteOf('edge-a: { guards: [left] }', 'edge-b: { guards: [right] }')
const withoutB = siteOf('edge-a: { guards: [left, right] }')

const server = useDatabaseServer()
let plant: Plant
let stays: FakeModule
let leaves: FakeModule

beforeAll(async () => {
  plant = await startPlant(server(), { site: both })
  stays = await plant.module('edge-a')
  leaves = await plant.module('edge-b')
  for (const module of [stays, leaves]) await module.until(m => m.newest('policy-bundle'))
  await plant.service.idle()
})
afterAll(() => plant.stop())

const apply = async (text: string): Promise<void> => {
  await plant.call(operations.applySite, { text, fileName: 'site.yaml' })
}
const health = async (id: string) => (await plant.call(operations.modules, {})).modules.find(module => module.id === id)
const connect = async (module: FakeModule) =>
  connectAsync(`mqtt://127.0.0.1:${plant.service.mqttPort}`, {
    protocolVersion: 4,
    clientId: module.account,
    username: module.account,
    password: await module.password(),
    reconnectPeriod: 0,
    connectTimeout: 2_000,
  })

test('T18: a module that is taken out of the site loses its connection, its account and its keys, and the gap is recorded', async () => {
  for (let i = 0; i < 3; i++) {
    leaves.record({
      kind: 'module',
      at: leaves.now,
      clockQuality: 'synchronised',
      simulated: true,
      event: 'started',
      detail: { i: String(i) },
    })
  }
  // It has told of three records and sent the first.
  await leaves.sendBatch(1, 1)
  await leaves.until(m => (m.newest('acknowledgement')?.payload.acknowledged[0]?.version === 1 ? true : undefined))
  await plant.service.idle()
  const late = await leaves.seal('audit-batch', await leaves.batch(2, 3))
  const gone = leaves.closed()

  await apply(withoutB)
  await gone
  expect(plant.service.broker.clients).toBe(1)
  await expect(connect(leaves)).rejects.toMatchObject({ code: 5 })

  // Nor by the account of another: its keys are nobody's now.
  await stays.publish(late)
  await plant.service.idle()
  while ((await health('edge-a'))?.refused.total === 0) await plant.service.idle()
  expect((await health('edge-a'))?.refused.reasons).toEqual({ 'key-unknown': 1 })
  expect(await plant.rows("select number from record where module = 'edge-b'")).toEqual([{ number: '1' }])
  expect(await plant.rows("select 1 from outbox where module = 'edge-b'")).toEqual([])
  const { events } = await plant.call(operations.events, { module: 'service', limit: 50 })
  const removed = events.find(({ event }) => event === 'module-removed')
  expect(removed?.detail).toMatchObject({ module: 'edge-b', records: '1', missing: '2' })
})

test('T18: a module that a later file has again is not believed by its old keys, and works once it is commissioned anew', async () => {
  await apply(both)
  expect(await health('edge-b')).toMatchObject({ commissionedAt: null, fingerprint: null, link: 'away' })
  await expect(connect(leaves)).rejects.toMatchObject({ code: 5 })
  expect((await plant.call(operations.status, {})).modules).toMatchObject({ total: 2, commissioned: 1 })

  const fresh = await plant.module('edge-b')
  await fresh.until(m => m.newest('policy-bundle'))
  fresh.chainEpoch = 2
  await fresh.health()
  await fresh.until(m => (m.newest('acknowledgement')?.payload.acknowledged[0]?.type === 'health' ? true : undefined))
  await plant.service.idle()
  expect(await health('edge-b')).toMatchObject({ link: 'connected', bundle: { desired: 1, effective: 1 } })
  expect((await plant.rows("select key_version from module where module = 'edge-b'"))[0]).toEqual({ key_version: 2 })
  await expect(connect(leaves)).rejects.toMatchObject({ code: 5 })
})
