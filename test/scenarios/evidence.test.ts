/** Records are evidence: what a crash leaves, and what somebody with the disk can do. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { until } from './support/until.ts'
import { flipped } from './support/wire.ts'
import { withoutPermission } from './support/works-site.ts'

let plant: Plant
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
})
afterAll(() => plant.remove())

const alarms = async (id: string): Promise<readonly string[]> => (await plant.health(id)).alarms.map(({ code }) => code)

test('T23: an order of which nobody can tell what came is not given again, and its record says so', async () => {
  const hall = plant.module('edge-hall')
  hall.field.outcome = undefined
  const { display } = await plant.tap('ada', 'gate', 'open')
  expect(hall.field.moved).toHaveLength(1)
  await hall.restart()
  hall.field.outcome = 'entered'
  await hall.online()
  const outcome = await until('the outcome is recorded', async () =>
    (await plant.events({ kind: 'outcome' })).find(({ decisionId }) => decisionId === display.decisionId),
  )
  expect(outcome).toMatchObject({ outcome: 'unknown', asset: { id: 'gate' } })
  expect(hall.field.moved).toHaveLength(1)
  const card = await plant.call(operations.decision, { id: display.decisionId })
  expect(card.outcome).toMatchObject({ outcome: 'unknown' })
  await plant.current()
})

test('T24: a module with an older disk put back is noticed at its next contact', async () => {
  const yard = plant.module('edge-yard')
  const copy = join(plant.folder, 'older-disk')
  await yard.stop()
  cpSync(yard.folder, copy, { recursive: true })
  await yard.start()
  await yard.online()
  await plant.apply(withoutPermission('press-clean'))
  await plant.tap('ada', 'shed', 'open')
  await plant.current()
  expect(await alarms('edge-yard')).toEqual([])

  await yard.stop()
  rmSync(yard.folder, { recursive: true })
  cpSync(copy, yard.folder, { recursive: true })
  await yard.start()
  await yard.online()
  await until('an alarm', async () => (await alarms('edge-yard')).includes('record-altered'))
  expect((await plant.health('edge-yard')).refused.reasons.stale).toBeGreaterThan(0)
})

test('T59: a record that was altered on the disk of a module is refused with an alarm, and what is here stays', async () => {
  const hall = plant.module('edge-hall')
  await hall.unplug()
  const before = hall.module.status().records.last
  const { display } = await plant.tap('ada', 'press', 'operate')
  await plant.tap('ada', 'gate', 'open')
  await hall.stop()
  await hall.onDisk(db => {
    const row = db.get('SELECT bytes FROM records WHERE number = ?', before + 1)
    if (!(row?.bytes instanceof Uint8Array)) throw new Error('there is no such record')
    db.run('UPDATE records SET bytes = ? WHERE number = ?', flipped(Uint8Array.from(row.bytes)), before + 1)
  })
  const events = await plant.events({ module: 'edge-hall' })
  await hall.plugIn()
  await until('an alarm', async () => (await alarms('edge-hall')).includes('batch-mac'))
  const after = await plant.events({ module: 'edge-hall' })
  expect(after).toEqual(events)
  expect(after.some(({ decisionId }) => decisionId === display.decisionId)).toBe(false)
  expect((await plant.health('edge-hall')).records.acknowledged).toBeLessThanOrEqual(before)
})
