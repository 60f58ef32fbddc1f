import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, Reader, toHex, uintBytes, WireError } from '../src/index.ts'

test('numbers and parts are read one behind the other, to the end', () => {
  const reader = new Reader(
    concat(uintBytes(0xfe, 1), uintBytes(0xfedc, 2), uintBytes(0xfedcba98, 4), Uint8Array.of(1, 2)),
  )
  expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([0xfe, 0xfedc, 0xfedcba98])
  expect(reader.remaining).toBe(2)
  expect(() => reader.end()).toThrow('2 bytes are left over')
  expect(reader.take(2)).toEqual(Uint8Array.of(1, 2))
  reader.end()
})

test('T07: more than there is gives an error and never a short answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50, size: 'max' }), fc.array(fc.nat(20)), (bytes, counts) => {
      const reader = new Reader(bytes)
      let at = 0
      for (const count of counts) {
        if (at + count > bytes.length) {
          expect(() => reader.take(count)).toThrow(WireError)
          expect(reader.remaining).toBe(bytes.length - at)
          return
        }
        expect(toHex(reader.take(count))).toBe(toHex(bytes.subarray(at, at + count)))
        at += count
      }
      expect(reader.remaining).toBe(bytes.length - at)
    }),
  )
})

test('T07: a count that is none is refused', () => {
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new Reader(new Uint8Array(4)).take(count)).toThrow(WireError)
  }
  for (const read of ['u8', 'u16', 'u32'] as const)
    expect(() => new Reader(new Uint8Array(0))[read]()).toThrow(WireError)
})
