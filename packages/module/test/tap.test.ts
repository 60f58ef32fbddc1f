import { afterEach, expect, test } from 'vitest'
import { ada, ben, coco, openGate, operate, Plant } from './harness/plant.ts'

let plant: Plant
afterEach(() => plant.remove())

test('an operator with a PIN is let in: decided, recorded, moved, told', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const { display, record, reports } = await plant.tap(phone, operate('2580'))
  expect(display).toMatchObject({ decision: 'permit', family: 'ok' })
  expect(record).toMatchObject({
    decision: 'permit',
    by: 'press-operate',
    reasons: ['permitted'],
    factors: { pin: 'ok' },
    clockQuality: 'synchronised',
  })
  expect(plant.surroundings.orders).toMatchObject([
    { asset: 'press', function: 'operate', decisionId: display.decisionId },
  ])
  expect(reports).toContainEqual({ type: 'reader-status', status: 0x0182 })
})
