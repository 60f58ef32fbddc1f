/** Somebody moves the clock of a module. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { dayMs, hourMs } from './support/plant-time.ts'
import { until } from './support/until.ts'

const pin = '2580'
let plant: Plant
beforeAll(async () => {
  plant = await Plant.start({ modules: ['edge-hall'] })
  await plant.enrol('ada', 'c-1')
  await plant.enrol('ben', 'c-2')
  await plant.setPin('ada', { pin })
})
afterAll(() => plant.remove())

const expired = [expect.stringMatching(/^expired\(2026-12-01T/)]
const quality = (): string => plant.module('edge-hall').module.status().clock.quality
const reasons = async (name: string, asset: string): Promise<readonly string[] | undefined> =>
  (await plant.tap(name, asset, 'open', { pin })).record?.reasons

test('T64: what has expired stays expired when the clock is turned back, and what can hurt is out of service', async () => {
  const hall = plant.module('edge-hall')
  expect(await reasons('ada', 'vault')).toEqual(['permitted'])
  plant.time.skip(8 * dayMs)
  await plant.phone('ada').refresh()
  // Whatever the service sends raises the floor.
  await plant.current()
  expect(await reasons('ben', 'gate')).toEqual(expired)

  await hall.unplug()
  hall.wallOffsetMs = -9 * dayMs
  expect(await reasons('ben', 'gate')).toEqual(expired)
  expect(quality()).toBe('untrusted (simulated)')
  await hall.restart()
  expect(await reasons('ben', 'gate')).toEqual(expired)
  expect(quality()).toBe('untrusted (simulated)')
  expect(await reasons('ada', 'gate')).toEqual(['permitted'])
  expect(await reasons('ada', 'vault')).toEqual(['clock-untrusted'])

  // Signed time with its own nonce sets it right, although the clock on the wall is as wrong as before.
  await hall.plugIn()
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
  expect(await reasons('ada', 'vault')).toEqual(['permitted'])
  expect(await reasons('ben', 'gate')).toEqual(expired)
  const told = await until('the service hears of it', async () =>
    (await plant.events({ kind: 'clock' })).find(({ event }) => event === 'clock-not-believed'),
  )
  expect(told).toMatchObject({ module: 'edge-hall', clockQuality: 'untrusted' })
  hall.wallOffsetMs = 0
  await plant.current()
})

test('T65: a clock that is put forward ends nobody’s rights and begins none', async () => {
  const hall = plant.module('edge-hall')
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
  await hall.unplug()
  expect(await reasons('ada', 'gate')).toEqual(['permitted'])
  const before = Date.parse(hall.module.status().clock.now)
  hall.wallOffsetMs = 30 * dayMs
  expect(Date.parse(hall.module.status().clock.now) - before).toBeLessThan(hourMs)
  expect(await reasons('ada', 'gate')).toEqual(['permitted'])
  expect(await reasons('ada', 'vault')).toEqual(['clock-untrusted'])
  hall.wallOffsetMs = 0
  await hall.plugIn()
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
})
