import { expect, test } from 'vitest'
import { operations } from '../src/api/operations.ts'
import { useDatabaseServer } from './support/database.ts'
import { startPlant } from './support/plant.ts'

const server = useDatabaseServer()

test('try', async () => {
  const plant = await startPlant(server())
  const status = await plant.call(operations.status, {})
  console.log(JSON.stringify(status, null, 1))
  const module = await plant.module('edge-gate')
  await module.health({ nonce: new Uint8Array(16) })
  const bundle = await module.until(m => m.newest('policy-bundle'))
  console.log(bundle.payload.version, bundle.payload.tables.length, module.received.map(e => e.type))
  await plant.service.idle()
  console.log(JSON.stringify((await plant.call(operations.modules, {})).modules[0], null, 1))
  console.log(JSON.stringify((await plant.call(operations.events, {})).events.slice(0, 3), null, 1))
  console.log(plant.log.filter(l => !l.includes('database')).join(''))
  await plant.stop()
  expect(1).toBe(1)
})
