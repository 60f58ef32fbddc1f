import { expect, test } from 'vitest'
import { invariant, SeededRandom, SimulatedClock, SystemClock, SystemRandom, toHex } from '../src/index.ts'

test('the simulated clock stands still until it is moved, forward or back', () => {
  const clock = new SimulatedClock(1_000)
  expect([clock.now(), clock.now()]).toEqual([1_000, 1_000])
  clock.advance(500)
  expect(clock.now()).toBe(1_500)
  clock.advance(-2_000)
  expect(clock.now()).toBe(-500)
  clock.set(7)
  expect(clock.now()).toBe(7)
})

test('the clock of the machine is the time since 1970 in milliseconds', () => {
  expect(new SystemClock().now()).toBeGreaterThan(Date.UTC(2026, 0, 1))
  expect(Number.isInteger(new SystemClock().now())).toBe(true)
})

test('one seed gives one sequence, however it is cut, and another seed another', () => {
  const whole = new SeededRandom(7).bytes(64)
  const parts = new SeededRandom(7)
  expect(toHex(whole)).toBe(toHex(Uint8Array.from([...parts.bytes(1), ...parts.bytes(0), ...parts.bytes(63)])))
  const sequences = Array.from({ length: 500 }, (_, seed) => toHex(new SeededRandom(seed).bytes(8)))
  expect(new Set(sequences).size).toBe(500)
})

test('T02: neither generator repeats itself or favours a byte', () => {
  for (const random of [new SystemRandom(), new SeededRandom(1)]) {
    const bytes = random.bytes(64 * 1024)
    expect(bytes).toBeInstanceOf(Uint8Array)
    expect(Buffer.isBuffer(bytes)).toBe(false)
    const counts = new Array<number>(256).fill(0)
    for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
    // 256 of each are expected, with a deviation of 16: these bounds lie nine deviations away.
    expect(Math.min(...counts)).toBeGreaterThan(112)
    expect(Math.max(...counts)).toBeLessThan(400)
    const blocks = Array.from({ length: 4096 }, (_, block) => toHex(bytes.subarray(16 * block, 16 * block + 16)))
    expect(new Set(blocks).size).toBe(4096)
  }
})

test('a broken invariant stops at once and says which', () => {
  invariant(true, 'never shown')
  expect(() => invariant(false, 'the purse is not negative')).toThrow('invariant broken: the purse is not negative')
})
