/** Rules and rights change while the plant runs; what is in force is what a module has acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEventStream } from './support/event-stream.ts'
import { Plant } from './support/plant.ts'
import { hourMs } from './support/plant-time.ts'
import { until } from './support/until.ts'
import { withoutPermission, worksSite } from './support/works-site.ts'

let plant: Plant
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
  await plant.enrol('ben', 'c-2')
  await plant.enrol('coco', 'c-3')
})
afterAll(() => plant.remove())

const reasons = async (name: string, asset: string, fn = 'open'): Promise<readonly string[] | undefined> =>
  (await plant.tap(name, asset, fn)).record?.reasons

test('a permission that was taken out of the file ends when the module has acknowledged, and until then it shows', async () => {
  await plant.module('edge-yard').unplug()
  const { modules } = await plant.call(operations.applySite, {
    text: withoutPermission('shed-all'),
    fileName: 'works.yaml',
  })
  const yard = modules.find(({ module }) => module === 'edge-yard')
  expect(yard?.effective).toBe((yard?.desired ?? 0) - 1)
  await until('the other module has acknowledged', async () => {
    const { bundle } = await plant.health('edge-hall')
    return bundle.effective === bundle.desired
  })
  const waiting = (await plant.call(operations.status, {})).modules
  expect(waiting).toMatchObject({ total: 2, current: 1, waiting: ['edge-yard'] })
  expect(await reasons('ada', 'shed')).toEqual(['permitted'])

  await plant.module('edge-yard').plugIn()
  await plant.current()
  expect(await reasons('ada', 'shed')).toEqual(['no-permission'])
  expect((await plant.call(operations.status, {})).modules).toMatchObject({ current: 2, waiting: [] })
  const { bundle } = await plant.health('edge-yard')
  expect(bundle.effective).toBe(bundle.desired)
  await plant.apply(worksSite)
  await plant.current()
  expect(await reasons('ada', 'shed')).toEqual(['permitted'])
})

test('T44: without a value of a sensor nobody gets in, and a prohibition that rests on one applies', async () => {
  const { field } = plant.module('edge-hall')
  const clean = () => reasons('coco', 'press', 'clean')
  const values = (guard?: boolean, running?: boolean): void => {
    field.values = {
      'asset:press': {
        ...(guard === undefined ? {} : { 'machine.guard': guard }),
        ...(running === undefined ? {} : { 'machine.running': running }),
      },
    }
  }
  values(true, false)
  expect(await clean()).toEqual(['permitted'])
  values(true, true)
  expect(await clean()).toEqual([expect.stringMatching(/^prohibited/)])
  values(true)
  expect(await clean()).toEqual([expect.stringMatching(/^prohibited/)])
  values(undefined, false)
  expect(await clean()).toEqual([expect.stringMatching(/^(context-failed|machine-state)/)])
  values()
  expect((await plant.tap('coco', 'press', 'clean')).display.decision).toBe('deny')
})

test('a stream of events brings every record of a tap, and comes back after its cursor without loss or doubling', async () => {
  await plant.current()
  const { newest } = await plant.call(operations.events, { limit: 1 })
  const first = await openEventStream(plant.service.operatorSocket, { after: newest })
  const decided: string[] = []
  const tap = async (name: string): Promise<void> => {
    decided.push((await plant.tap(name, 'gate', 'open')).display.decisionId)
  }
  await tap('ada')
  await until('the stream has it', () => first.received.some(({ event }) => event.decisionId === decided[0]))
  await tap('ben')
  first.close()
  await tap('coco')
  await tap('ada')
  const lastEventId = first.received.at(-1)?.id ?? ''
  const second = await openEventStream(plant.service.operatorSocket, { after: '0', lastEventId })
  await tap('ben')
  await plant.current()
  const { events } = await plant.call(operations.events, { after: newest, limit: 500 })
  await until('the stream has the last', () => second.received.at(-1)?.id === events.at(-1)?.cursor)

  const seen = [...first.received, ...second.received]
  expect(seen.map(({ id }) => id)).toEqual(events.map(({ cursor }) => cursor))
  expect(seen.map(({ event }) => event.cursor)).toEqual(seen.map(({ id }) => id))
  const decisions = seen.filter(({ event }) => event.kind === 'decision').map(({ event }) => event.decisionId)
  expect(decisions).toEqual(decided)
  expect(seen.filter(({ event }) => event.kind === 'outcome')).toHaveLength(decided.length)
  second.close()
})

test('T45: however a block and new rules cross each other, both are in force afterwards', async () => {
  const [ruled] = await Promise.all([
    plant.apply(withoutPermission('shed-all')),
    plant.call(operations.revoke, { person: 'ben', reason: 'left', credential: 'c-2' }),
  ])
  expect(ruled).toBeGreaterThan(1)
  await plant.current()
  expect(await reasons('ben', 'gate')).toEqual(['revoked'])
  expect(await reasons('ada', 'shed')).toEqual(['no-permission'])
  // Nothing that is applied later lifts the block, although the file calls the credential good.
  await plant.apply(worksSite)
  await plant.current()
  expect(await reasons('ben', 'gate')).toEqual(['revoked'])
  expect(await reasons('ada', 'shed')).toEqual(['permitted'])
  const { blocks } = await plant.call(operations.status, {})
  expect(blocks).toMatchObject({ revoked: 1, inForceEverywhere: true })
})

test('T45: bundles that are renewed while new rules are applied take nothing back', async () => {
  // Without modules, so that the time that is skipped does not upset what is on its way.
  await Promise.all([...plant.modules.values()].map(module => module.unplug()))
  let isApplied = false
  const applied = plant.apply(withoutPermission('shed-all')).finally(() => {
    isApplied = true
  })
  for (let hour = 0; hour < 48 && !isApplied; hour++) {
    plant.time.skip(hourMs)
    await delay(2)
  }
  await applied
  await Promise.all([...plant.modules.values()].map(module => module.plugIn()))
  await plant.current()
  expect(await reasons('ada', 'shed')).toEqual(['no-permission'])
  await plant.apply(worksSite)
  await plant.current()
})
