/** What the broker bounds for each account. threat-model §8 */
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import type { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
let module: FakeModule
beforeAll(async () => {
  plant = await startPlant(server(), {
    site: `
edgeward: 1
site: { id: lab, timeZone: UTC }
areas: { hall: {} }
assets: { left: { in: hall, kind: door, failSafe: true } }
modules: { edge-a: { guards: [left] } }
`,
  })
  module = await plant.module('edge-a')
  await module.until(m => m.newest('policy-bundle'))
  await plant.service.idle()
})
afterAll(() => plant.stop())

test('T87: an account has one session: the newest ends the one before, and the module counts as connected by it', async () => {
  const ended = module.closed()
  const second = await connectAsync(`mqtt://127.0.0.1:${plant.service.mqttPort}`, {
    protocolVersion: 4,
    clientId: module.account,
    username: module.account,
    password: await module.password(),
    reconnectPeriod: 0,
  })
  await second.subscribeAsync(`edgeward/${module.account}/down`, { qos: 1 })
  await ended
  expect(plant.service.broker.clients).toBe(1)
  const link = async () => (await plant.call(operations.modules, {})).modules[0]?.link
  expect(await link()).toBe('connected')
  await second.endAsync()
  while ((await link()) !== 'away') await plant.service.idle()
  expect(plant.service.broker.clients).toBe(0)
})

test('T87: a module that connects anew gets at once what was under way on the connection that it lost', async () => {
  module.obedient = false
  await module.connect()
  const { text } = await plant.call(operations.exportSite, {})
  const bundles = () => module.received.filter(({ type }) => type === 'policy-bundle').length
  const before = bundles()
  await plant.call(operations.applySite, {
    text: text.replace('timeZone: UTC', 'timeZone: Europe/Zurich'),
    fileName: 's',
  })
  await module.until(() => (bundles() > before ? true : undefined))
  await plant.service.idle()
  await module.disconnect()
  await module.connect()
  // The clock of this plant stands still: nothing has become late meanwhile.
  await module.until(() => (bundles() > before + 1 ? true : undefined))
})
