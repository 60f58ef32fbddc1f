import { type AuditRecord, encodeRecord } from '@edgeward/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { ownAlarms } from '../../src/sync/own-alarms.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant

beforeAll(async () => {
  plant = await startPlant(server())
})
afterAll(() => plant.stop())

const eventAt = (at: number, event: string): AuditRecord => ({
  kind: 'module',
  at,
  clockQuality: 'synchronised',
  simulated: true,
  event,
})

test('what a module itself says is wrong with it is an alarm, and what only names it is none', () => {
  const records = [
    eventAt(0, 'started'),
    eventAt(60, 'disk-full'),
    { ...eventAt(70, 'envelope-refused'), detail: { reason: 'disk-full' } },
    { ...eventAt(80, 'disk-full'), kind: 'configuration' } as const,
    eventAt(90, 'disk-recovered'),
    eventAt(120, 'few-records-free'),
  ].map(encodeRecord)
  expect(ownAlarms({ records })).toEqual([
    {
      code: 'disk-full',
      detail: 'its disk is full, it permits nothing until there is room (1970-01-01T00:01:00.000Z)',
    },
    { code: 'few-records-free', detail: 'nine tenths of its room for records are taken (1970-01-01T00:02:00.000Z)' },
  ])
})

test('a full disk of a module is shown, once, however often its record comes', async () => {
  const module = await plant.module('edge-lab')
  module.record(eventAt(module.now, 'disk-full'))
  for (let i = 0; i < 2; i++) {
    const before = module.received.length
    await module.sendBatch(1, 1)
    await module.until(m => m.received.slice(before).find(({ type }) => type === 'acknowledgement'))
    plant.clock.advance(120_000)
  }
  const { modules } = await plant.call(operations.modules, {})
  expect(modules.find(({ id }) => id === 'edge-lab')?.alarms).toMatchObject([{ code: 'disk-full' }])
})
