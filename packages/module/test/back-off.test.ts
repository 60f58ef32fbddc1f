import { SeededRandom } from '@edgeward/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackOff, longestPauseMs } from '../src/sync/back-off.ts'

test('T87: a module that finds no broker waits longer each time, within a bound, and from the start after it found one', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 5_000 }), (seed, firstMs) => {
      const pauses = new BackOff({ firstMs, random: new SeededRandom(seed) })
      for (let turn = 0, wanted = firstMs; turn < 30; turn++, wanted = Math.min(2 * wanted, longestPauseMs)) {
        const pause = pauses.next()
        expect(pause).toBeGreaterThanOrEqual(wanted / 2)
        expect(pause).toBeLessThanOrEqual(wanted + 1)
      }
      pauses.reset()
      expect(pauses.next()).toBeLessThanOrEqual(firstMs + 1)
    }),
    { numRuns: 200 },
  )
})

test('T87: modules that lost the broker at one moment do not come back at one moment', () => {
  const pauses = Array.from({ length: 1_000 }, (_, seed) =>
    new BackOff({ firstMs: 1_000, random: new SeededRandom(seed) }).next(),
  )
  const busiest = Math.max(
    ...Array.from({ length: 10 }, (_, i) => pauses.filter(ms => Math.floor((ms - 500) / 50) === i).length),
  )
  expect(busiest).toBeLessThan(200)
})
