import { SimulatedClock } from '@edgeward/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ClockReading, type Database, ModuleClock, openLibsql } from '../src/index.ts'
import { ada, openGate, operate, Plant, start } from './harness/plant.ts'

const hour = 3_600
const day = 24 * hour

let db: Database
let wall: SimulatedClock
let monotonic: SimulatedClock
let faults: string[]
beforeEach(async () => {
  db = await openLibsql(':memory:')
  db.run('CREATE TABLE clock (id INTEGER PRIMARY KEY, json TEXT NOT NULL)')
  wall = new SimulatedClock(start * 1_000)
  monotonic = new SimulatedClock(5_000)
  faults = []
})
afterEach(() => db.close())

const open = (): ModuleClock =>
  new ModuleClock({
    db,
    wall,
    monotonic,
    onFault: (fault, byMs) => faults.push(`${fault} ${Math.round(byMs / 1_000)}`),
  })
const pass = (seconds: number): void => {
  wall.advance(seconds * 1_000)
  monotonic.advance(seconds * 1_000)
}
const shown = ({ at, quality }: ClockReading): readonly [number, string] => [at - start, quality]

/** A clock that was set by signed time. */
function setClock(): ModuleClock {
  const clock = open()
  db.transaction(() => clock.setSigned(start, { fresh: true }))
  return clock
}

test('a clock that was never set is untrusted; signed time with the nonce sets it', () => {
  const clock = open()
  expect(clock.look()).toMatchObject({ quality: 'untrusted', trusted: false })
  expect(clock.wantsTime).toBe(true)
  db.transaction(() => clock.setSigned(start + 100, { fresh: true }))
  expect(shown(clock.look())).toEqual([100, 'synchronised'])
  expect(clock.wantsTime).toBe(false)
})

test('the quality falls with the age of signed time', () => {
  const clock = setClock()
  pass(day)
  expect(shown(clock.look())).toEqual([day, 'synchronised'])
  pass(1)
  expect(clock.look()).toMatchObject({ quality: 'drifting', trusted: true, boundSeconds: 2 })
  pass(29 * day - 1)
  expect(clock.look().quality).toBe('drifting')
  pass(1)
  expect(clock.look()).toMatchObject({ quality: 'floor-only', trusted: false })
})

test('network time may move the clock by five minutes in sum, and no further', () => {
  const clock = setClock()
  wall.advance(200_000)
  expect(shown(clock.look())).toEqual([200, 'synchronised'])
  wall.advance(99_000)
  expect(shown(clock.look())).toEqual([299, 'synchronised'])
  wall.advance(2_000)
  expect(shown(clock.look())).toEqual([0, 'untrusted'])
  pass(60)
  expect(shown(clock.look())).toEqual([60, 'untrusted'])
  expect(faults).toEqual(['stepped 301'])
})

test('what the clock was moved is remembered over a restart', () => {
  const clock = setClock()
  wall.advance(200_000)
  clock.look()
  clock.persist()
  const again = open()
  expect(again.look().trusted).toBe(true)
  wall.advance(150_000)
  expect(again.look().quality).toBe('untrusted')
})

test('T64: turned back while running or over a restart, the time does not go below what was seen, and is untrusted', () => {
  const clock = setClock()
  pass(10 * day)
  clock.look()
  clock.persist()
  wall.advance(-8 * day * 1_000)
  expect(shown(clock.look())).toEqual([10 * day, 'untrusted'])
  wall.set(0)
  const again = open()
  expect(shown(again.look())).toEqual([10 * day, 'untrusted'])
  monotonic.advance(60_000)
  expect(shown(again.look())).toEqual([10 * day + 60, 'untrusted'])
  expect(again.floor).toBe(start)
})

test('T64: signed time from before the floor sets nothing', () => {
  const clock = setClock()
  expect(db.transaction(() => clock.setSigned(start - 1, { fresh: true }))).toBe(false)
  expect(shown(clock.look())).toEqual([0, 'synchronised'])
})

test('T65: put forward over a restart, nothing comes early: the time goes on from what was seen', () => {
  const clock = setClock()
  clock.look()
  clock.persist()
  wall.advance((day + 60) * 1_000)
  const again = open()
  expect(shown(again.look())).toEqual([0, 'floor-only'])
  expect(again.floor).toBe(start)
  expect(faults).toEqual([`gap ${day + 60}`])
})

test('T65: a fault stays over restarts until signed time with the nonce takes it away', () => {
  const clock = setClock()
  wall.advance(10 * 365 * day * 1_000)
  expect(shown(clock.look())).toEqual([0, 'untrusted'])
  clock.persist()
  wall.set((start + 100) * 1_000)
  const again = open()
  expect(again.look().quality).toBe('untrusted')
  db.transaction(() => again.setSigned(start + 100, { fresh: true }))
  expect(shown(again.look())).toEqual([100, 'synchronised'])
})

test('a power cut of some hours is none of that: the clock is believed, and drifts until signed time comes', () => {
  const clock = setClock()
  clock.persist()
  wall.advance(11 * hour * 1_000)
  monotonic.set(0)
  const again = open()
  expect(again.look()).toMatchObject({ at: start + 11 * hour, quality: 'drifting', trusted: true })
  expect(again.look().boundSeconds).toBeGreaterThanOrEqual(11 * hour)
  expect(again.wantsTime).toBe(true)
  db.transaction(() => again.setSigned(start + 11 * hour, { fresh: true }))
  expect(again.look()).toMatchObject({ quality: 'synchronised', boundSeconds: 0 })
})

test('ordinary restarts cost nothing', () => {
  let clock = setClock()
  for (let i = 0; i < 20; i++) {
    pass(hour)
    clock.look()
    clock.persist()
    wall.advance(10_000)
    clock = open()
  }
  expect(shown(clock.look())).toEqual([20 * (hour + 10), 'synchronised'])
})

test('T65: put forward a little at each of many restarts, the clock goes 12 hours too far and no further', () => {
  setClock().persist()
  let latest = 0
  for (let i = 0; i < 40; i++) {
    wall.advance(2 * hour * 1_000)
    const clock = open()
    const { at, trusted } = clock.look()
    if (trusted) latest = at - start
    clock.persist()
  }
  expect(latest).toBe(12 * hour)
  expect(open().look()).toMatchObject({ at: start + 12 * hour, quality: 'floor-only', trusted: false })
  expect(faults[0]).toBe(`gap ${2 * hour}`)
})

test('off for a week: the time goes on from what was seen, and is not relied upon until signed time comes', () => {
  const clock = setClock()
  clock.persist()
  wall.advance(7 * day * 1_000)
  monotonic.set(0)
  const again = open()
  expect(shown(again.look())).toEqual([0, 'floor-only'])
  db.transaction(() => again.setSigned(start + 7 * day, { fresh: true }))
  expect(shown(again.look())).toEqual([7 * day, 'synchronised'])
})

test('T25: a clock that says no number is no time', () => {
  for (const garbage of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const clock = setClock()
    wall.set(garbage)
    expect(() => clock.look()).toThrow('no number')
    wall.set(start * 1_000)
    expect(shown(clock.look())).toEqual([0, 'synchronised'])
  }
})

test('signed time in an envelope raises the floor and nothing else; a clock behind it is wrong', () => {
  const clock = setClock()
  db.transaction(() => clock.raiseFloor(start + 60))
  expect(shown(clock.look())).toEqual([60, 'synchronised'])
  db.transaction(() => clock.raiseFloor(start + hour))
  expect(shown(clock.look())).toEqual([hour, 'untrusted'])
  db.transaction(() => clock.raiseFloor(start))
  expect(clock.floor).toBe(start + hour)
})

test('at commissioning the time counts if the module has the same', () => {
  const clock = open()
  expect(db.transaction(() => clock.setSigned(start + 200, { fresh: false }))).toBe(true)
  expect(clock.look().quality).toBe('drifting')
  wall.set((start + 10 * hour) * 1_000)
  const other = open()
  expect(db.transaction(() => other.setSigned(start + 20 * hour, { fresh: false }))).toBe(false)
  expect(other.look().quality).toBe('untrusted')
})

let plant: Plant | undefined
afterEach(async () => {
  await plant?.remove()
  plant = undefined
})

test('T64: with the clock turned back a document that ran out stays so, and criticality 3 is shut', async () => {
  plant = await Plant.create()
  const phone = await plant.phone({ ...ada, notAfter: start + hour })
  plant.surroundings.advance(2 * hour * 1_000)
  expect((await plant.tap(phone, openGate)).record?.reasons).toEqual([expect.stringMatching(/^expired/)])
  plant.surroundings.wall.advance(-8 * day * 1_000)
  const { record } = await plant.tap(phone, openGate)
  expect(record).toMatchObject({ clockQuality: 'untrusted', reasons: [expect.stringMatching(/^expired/)] })
  const good = await plant.phone({ ...ada, notBefore: start - 9 * day, notAfter: start + 7 * day })
  expect((await plant.tap(good, openGate)).record?.reasons).toEqual(['permitted'])
  const vault = { ...operate('2580'), asset: 'vault', function: 'open' }
  expect((await plant.tap(good, vault)).record?.reasons).toContain('clock-untrusted')
  expect((await plant.records()).map(({ event }) => event)).toContain('clock-not-believed')
})

test('T64: old signed time, replayed, sets nothing; time for a fresh nonce does', async () => {
  plant = await Plant.create()
  const { service, surroundings } = plant
  const old = await service.command('edge-1', 'time', { nonce: new Uint8Array(16), time: start })
  surroundings.wall.advance(-hour * 1_000)
  surroundings.timers.advance(60_000)
  await plant.settle()
  expect(plant.module.status().clock.quality).toBe('untrusted (simulated)')
  await plant.deliver(old)
  expect(plant.module.status().clock.quality).toBe('untrusted (simulated)')
  const nonce = (await plant.received('health'))
    .flatMap(each => (each.type === 'health' ? (each.payload.nonce ?? []) : []))
    .at(-1)
  await plant.deliver(await service.command('edge-1', 'time', { nonce: nonce ?? null, time: start - 1 }))
  expect((await plant.records()).at(-1)).toMatchObject({
    event: 'envelope-refused',
    detail: { reason: 'below the floor' },
  })
  surroundings.wall.advance(hour * 1_000)
  await plant.setTime()
  expect(plant.module.status().clock.quality).toBe('synchronised (simulated)')
})
