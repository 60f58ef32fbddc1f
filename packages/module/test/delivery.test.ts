import { afterEach, expect, test } from 'vitest'
import { ada, openGate, Plant } from './harness/plant.ts'

let plant: Plant
afterEach(() => plant.remove())

const batches = async (): Promise<readonly number[]> =>
  (await plant.received('audit-batch')).flatMap(each => (each.type === 'audit-batch' ? [each.payload.last] : []))

const acknowledge = (version: number) =>
  plant.service.seal('edge-1', 'acknowledgement', {
    acknowledged: [{ type: 'audit-batch', version, sequence: 1n, result: 'done' }],
  })

test('T60: records that nobody acknowledges are sent again, however much else is answered meanwhile', async () => {
  plant = await Plant.create()
  await plant.records()
  await plant.tap(await plant.phone(ada), openGate)
  const { last } = plant.module.status().records
  const health = { type: 'health', version: 1, sequence: 1n, result: 'done' } as const
  // The service hears the module's health every minute and answers it; the records are lost on the way.
  for (let minute = 0; minute < 30; minute++) {
    plant.surroundings.advance(60_000)
    await plant.deliver(await plant.service.seal('edge-1', 'acknowledgement', { acknowledged: [health] }))
  }
  expect((await batches()).filter(each => each === last).length).toBeGreaterThan(8)
})

test('of two acknowledgements of one second that come in the wrong order the older one takes nothing back', async () => {
  plant = await Plant.create()
  await plant.tap(await plant.phone(ada), openGate)
  await plant.records()
  const { acknowledged } = plant.module.status().records
  plant.surroundings.advance(1_000)
  const [older, newer] = [await acknowledge(acknowledged - 1), await acknowledge(acknowledged)]
  await plant.deliver(newer)
  await plant.deliver(older)
  expect(plant.module.status().records.acknowledged).toBe(acknowledged)
})
