import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import {
  calmReader,
  failedProofsBeforePause,
  failedProofsWindowMs,
  firstPauseMs,
  type GuardEffect,
  type GuardEvent,
  longestPauseMs,
  type ReaderGuard,
  stepGuard,
} from '../src/tap/reader-pause.ts'
import { MemoryField } from './harness/memory-field.ts'
import { ada, openGate, operate, Plant } from './harness/plant.ts'

/** Failures at these instants, in seconds; the pauses that began, in seconds. */
function pausesOf(seconds: readonly number[]): readonly number[] {
  let guard = calmReader
  const pauses: number[] = []
  for (const at of seconds) {
    if (stepGuard(guard, 'arrived', at * 1_000)[1] !== undefined) continue
    const [next, effect] = stepGuard(guard, 'failed', at * 1_000)
    guard = next
    if (effect?.type === 'pause') pauses.push(effect.pauseMs / 1_000)
  }
  return pauses
}
const seconds = (count: number, step = 1, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step)

test('T07: ten failed proofs in a minute and not nine make a reader rest', () => {
  expect(pausesOf(seconds(9))).toEqual([])
  expect(pausesOf(seconds(10))).toEqual([5])
  expect(pausesOf(seconds(40, 7))).toEqual([])
  expect(pausesOf([...seconds(9), 60])).toEqual([])
  expect(pausesOf([...seconds(9), 59])).toEqual([5])
})

test('the pause doubles to a minute while it goes on, and begins anew after a calm one', () => {
  expect(pausesOf(seconds(600)).slice(0, 7)).toEqual([5, 10, 20, 40, 60, 60, 60])
  expect(pausesOf([...seconds(10), ...seconds(10, 1, 80)])).toEqual([5, 5])
})

test('whatever comes, nobody waits longer than a minute, an honest tap ends it all, and little is kept', () => {
  const events = fc.array(
    fc.record({
      waitMs: fc.oneof(fc.nat(2_000), fc.nat(90_000)),
      event: fc.constantFrom<GuardEvent>('arrived', 'failed', 'failed', 'failed', 'proven'),
    }),
    { maxLength: 200, size: 'max' },
  )
  fc.assert(
    fc.property(events, steps => {
      let guard: ReaderGuard = calmReader
      let now = 0
      let turnedAway = 0
      let told = 0
      for (const { waitMs, event } of steps) {
        now += waitMs
        const [next, effect]: readonly [ReaderGuard, GuardEffect | undefined] = stepGuard(guard, event, now)
        guard = next
        if (effect?.type === 'turn-away') turnedAway += 1
        if (effect?.type === 'pause' || effect?.type === 'resume') told += effect.turnedAway
        if (effect?.type === 'pause') expect(effect.pauseMs).toBeGreaterThanOrEqual(firstPauseMs)
        expect(guard.untilMs).toBeLessThanOrEqual(now + longestPauseMs)
        expect(stepGuard(guard, 'arrived', guard.untilMs)[1]).toBeUndefined()
        expect(guard.failuresMs.length).toBeLessThan(failedProofsBeforePause)
        expect(told + guard.turnedAway).toBe(turnedAway)
        if (event === 'proven') expect(guard).toEqual(calmReader)
      }
    }),
  )
})

let plant: Plant | undefined
afterEach(async () => {
  await plant?.remove()
  plant = undefined
})

test('T07: a reader that is tried and tried rests; an honest holder waits for one pause, and everybody else is counted', async () => {
  plant = await Plant.create()
  const [stranger, phone] = await Promise.all([plant.phone(), plant.phone(ada)])
  const junk = async (times: number) => {
    for (let i = 0; i < times; i++) await plant?.tap(stranger, openGate, { settle: false })
  }
  await junk(failedProofsBeforePause)
  const field = new MemoryField()
  const { display, record } = await plant.tap(phone, openGate, { field })
  expect([display.decision, display.family, record]).toEqual(['deny', 'credential', undefined])
  expect(display.text).toBe('Too many failed tries here. Please try again in a minute.')
  expect(field.apdus, 'not even asked').toEqual([])
  // The choice of whoever was turned away is nobody else's.
  expect(plant.surroundings.next).toBeUndefined()
  expect((await plant.tap(phone, operate('2580'))).display.decision, 'another reader').toBe('permit')
  await junk(20)
  plant.surroundings.advance(firstPauseMs)
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
  await junk(failedProofsBeforePause - 1)
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
  const events = (await plant.records()).filter(({ event }) => event?.startsWith('reader-'))
  expect(events.map(({ event, detail }) => [event, detail])).toEqual([
    ['reader-paused', { reader: 'gate', seconds: '5' }],
    ['reader-resumed', { reader: 'gate', turnedAway: '21' }],
  ])
})

test('T62: phones that leave early are recorded ten times a minute, and the rest is counted when the minute is over', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  for (let i = 0; i < 25; i++) {
    await plant.tap(phone, openGate, { field: new MemoryField(() => 'leave'), settle: false })
    plant.surroundings.wall.advance(100)
    plant.surroundings.monotonic.advance(100)
  }
  plant.surroundings.advance(failedProofsWindowMs)
  await plant.settle()
  plant.surroundings.advance(failedProofsWindowMs)
  await plant.settle()
  const events = (await plant.records()).filter(({ event }) => event === 'tap-torn' || event === 'taps-not-recorded')
  expect(events).toHaveLength(11)
  expect(events[0]?.detail).toEqual({ reader: 'gate', because: 'carrier-lost' })
  expect(events.at(-1)?.detail).toMatchObject({ count: '15', seconds: '1' })
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
})
