/** The service is gone, or a module hears nothing of it: what goes on, what ends, what is made good, and who tampered meanwhile. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { dayMs, minuteMs } from './support/plant-time.ts'
import { until } from './support/until.ts'
import { flipped } from './support/wire.ts'
import { withoutPermission } from './support/works-site.ts'

let plant: Plant
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
  await plant.enrol('ben', 'c-2')
  await plant.enrol('coco', 'c-3')
})
afterAll(() => plant.remove())

const revoke = async (person: string): Promise<void> => {
  await plant.call(operations.revoke, { person, reason: 'lost' })
}
const alarms = async (id: string): Promise<readonly string[]> => (await plant.health(id)).alarms.map(({ code }) => code)

test('T82: while the service is stopped taps are decided; their records arrive afterwards, once each, in order, signed by the module', async () => {
  await plant.current()
  const before = plant.module('edge-hall').module.status().records.last
  await plant.stopService()
  const decided: { readonly id: string; readonly decision: string }[] = []
  for (const [name, asset, fn] of [
    ['ada', 'gate', 'open'],
    ['coco', 'press', 'operate'],
    ['ben', 'gate', 'open'],
    ['coco', 'gate', 'open'],
    ['ada', 'press', 'operate'],
    ['ben', 'gate', 'open'],
  ] as const) {
    const { display } = await plant.tap(name, asset, fn)
    decided.push({ id: display.decisionId, decision: display.decision })
  }
  expect(decided.map(({ decision }) => decision)).toEqual(['permit', 'deny', 'permit', 'permit', 'deny', 'permit'])
  expect(plant.module('edge-hall').module.status()).toMatchObject({ link: 'down' })

  await plant.startService()
  await plant.current()
  const rows = (await plant.events({ module: 'edge-hall' })).filter(({ number }) => number > before).reverse()
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, i) => before + 1 + i))
  const decisions = rows.filter(({ kind }) => kind === 'decision')
  expect(decisions.map(({ decisionId, decision }) => ({ id: decisionId, decision }))).toEqual(decided)
  expect(rows.filter(({ kind }) => kind === 'outcome')).toHaveLength(4)
  for (const { id } of decided) {
    const card = await plant.call(operations.decision, { id })
    expect(card.record.signedByModule).toBe(true)
  }
  const { records, alarms } = await plant.health('edge-hall')
  expect(records).toMatchObject({ gaps: [], last: rows.at(-1)?.number, acknowledged: rows.at(-1)?.number })
  expect(alarms).toEqual([])
})

test('who was revoked is denied at a module that has lost the service since, also after its restart', async () => {
  await revoke('coco')
  await plant.current()
  await plant.stopService()
  expect((await plant.tap('coco', 'gate', 'open')).record?.reasons).toEqual(['revoked'])
  await plant.module('edge-hall').restart()
  expect((await plant.tap('coco', 'gate', 'open')).record?.reasons).toEqual(['revoked'])
  expect((await plant.tap('ada', 'gate', 'open')).display.decision).toBe('permit')
  await plant.startService()
  await plant.current()
})

test('T13: whoever keeps a revocation from a module wins no more than the life of a document, and others’ documents tell on him', async () => {
  const hall = plant.module('edge-hall')
  await hall.unplug()
  await revoke('ben')
  // Nobody can have told it: what a module has not heard it cannot know.
  expect((await plant.tap('ben', 'gate', 'open')).display.decision).toBe('permit')
  expect(hall.module.status().behind).toBe(false)
  await plant.phone('ada').refresh()
  expect((await plant.tap('ada', 'gate', 'open')).display.decision).toBe('permit')
  expect(hall.module.status().behind).toBe(true)

  expect(await plant.phone('ben').refresh()).toEqual([{ name: 'c-2', outcome: 'refused', because: 'no-documents' }])
  plant.time.skip(8 * dayMs)
  await plant.phone('ada').refresh()
  expect((await plant.tap('ada', 'gate', 'open')).display.decision).toBe('permit')
  const late = await plant.tap('ben', 'gate', 'open')
  expect(late.record?.reasons).toEqual([expect.stringMatching(/^expired\(2026-12-01T/)])

  await hall.plugIn()
  await plant.current()
  expect((await plant.tap('ben', 'gate', 'open')).record?.reasons).toContain('revoked')
  await until('the module has caught up', () => !hall.module.status().behind)
})

test('T23: an order of which nobody can tell what came is not given again, and its record says so', async () => {
  const hall = plant.module('edge-hall')
  hall.field.outcome = undefined
  const before = hall.field.moved.length
  const { display } = await plant.tap('ada', 'gate', 'open')
  expect(hall.field.moved).toHaveLength(before + 1)
  await hall.restart()
  hall.field.outcome = 'entered'
  await hall.online()
  const outcome = await until('the outcome is recorded', async () =>
    (await plant.events({ kind: 'outcome' })).find(({ decisionId }) => decisionId === display.decisionId),
  )
  expect(outcome).toMatchObject({ outcome: 'unknown', asset: { id: 'gate' } })
  expect(hall.field.moved).toHaveLength(before + 1)
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

  // Records of the same second could be the same bytes.
  plant.time.skip(minuteMs)
  await yard.stop()
  rmSync(yard.folder, { recursive: true })
  cpSync(copy, yard.folder, { recursive: true })
  await yard.start()
  await yard.online()
  await until('an alarm', async () => (await alarms('edge-yard')).includes('record-altered'))
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
