import fc from 'fast-check'
import { expect, test } from 'vitest'
import { progressOf } from '../../src/sync/batches.ts'

test('whatever numbers have arrived, complete and holes together cover everything up to the last', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (before, offsets) => {
      const numbers = offsets.map(offset => before + offset).sort((a, b) => a - b)
      const { complete, holes } = progressOf(before, numbers)
      const missing = new Set(
        holes.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
      )
      for (let number = before + 1; number <= (numbers.at(-1) ?? before); number++) {
        expect(missing.has(number)).toBe(!numbers.includes(number))
        if (number <= complete) expect(missing.has(number)).toBe(false)
      }
      expect(numbers.includes(complete + 1)).toBe(false)
    }),
  )
})
