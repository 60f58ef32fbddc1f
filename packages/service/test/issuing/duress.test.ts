import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duressFault } from '../../src/issuing/fit-duress.ts'

test.each([
  ['4711', '4711', 'equal'],
  ['4711', '1174', 'reversed'],
  ['4711', '4712', 'one-digit'],
  ['4711', '471', 'one-digit'],
  ['4711', '47118', 'one-digit'],
  ['4799', '4800', 'one-step'],
  ['4711', '5822', 'one-step'],
  ['4781', '4718', 'transposed'],
])('beside the PIN %s a duress PIN %s is refused: %s', (pin, duress, fault) => {
  expect(duressFault(pin, duress)).toBe(fault)
})

test('T13: no slip of one key makes the duress PIN of the PIN', () => {
  const pin = fc.stringMatching(/^[0-9]{4,8}$/)
  fc.assert(
    fc.property(pin, fc.nat(7), fc.nat(9), (typed, place, digit) => {
      const at = place % typed.length
      const slips = [
        typed.slice(0, at) + digit + typed.slice(at + 1),
        typed.slice(0, at) + digit + typed.slice(at),
        typed.slice(0, at) + typed.slice(at + 1),
      ]
      for (const slip of slips) expect(duressFault(typed, slip)).toBeDefined()
    }),
  )
  expect(duressFault('4711', '9063')).toBeUndefined()
})
