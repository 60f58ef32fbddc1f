import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bytesEqual,
  concat,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  uintBytes,
  utf8,
} from '../src/index.ts'

const bytes = fc.uint8Array({ maxLength: 100, size: 'max' })

test('parts are joined in their order, into an array of its own', () => {
  fc.assert(
    fc.property(fc.array(bytes), parts => {
      expect([...concat(...parts)]).toEqual(parts.flatMap(part => [...part]))
    }),
  )
  const part = Uint8Array.of(1)
  const joined = concat(part)
  part[0] = 2
  expect(joined).toEqual(Uint8Array.of(1))
})

test('hex and base64url come back as the bytes they were made of, also of a part of a buffer', () => {
  fc.assert(
    fc.property(bytes, fc.nat(20), (whole, from) => {
      const part = whole.subarray(from)
      expect(toHex(part)).toMatch(/^([0-9a-f]{2})*$/)
      expect(fromHex(toHex(part))).toEqual(Uint8Array.from(part))
      expect(toBase64url(part)).toMatch(/^[\w-]*$/)
      expect(fromBase64url(toBase64url(part))).toEqual(Uint8Array.from(part))
    }),
  )
})

test('hex may be written in capitals; half a byte, blanks and prefixes are refused', () => {
  expect(fromHex('C0FFee')).toEqual(Uint8Array.of(0xc0, 0xff, 0xee))
  for (const text of ['0', '0g', '0x00', ' 00', '00 ', '0 0', '００']) expect(() => fromHex(text)).toThrow(RangeError)
})

test('base64url has one form: padding, other letters and spare bits are refused', () => {
  expect(fromBase64url('_-8')).toEqual(Uint8Array.of(0xff, 0xef))
  for (const text of ['_-8=', '/+8', '_-9', 'A', '_-8 ', 'A*AA']) expect(() => fromBase64url(text)).toThrow(RangeError)
})

test('text is UTF-8 in both directions, and nothing else', () => {
  expect(toHex(utf8('Zürich 🗝'))).toBe('5ac3bc7269636820f09f979d')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      expect(fromUtf8(utf8(text))).toBe(text)
    }),
  )
  expect(fromUtf8(fromHex('efbbbf61'))).toBe('\ufeffa')
  for (const hex of ['ff', 'c3', 'c080', 'eda080', 'f4908080']) expect(() => fromUtf8(fromHex(hex))).toThrow(TypeError)
})

test('arrays are equal when all of their bytes are', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(bytesEqual(a, b)).toBe(toHex(a) === toHex(b))
      expect(bytesEqual(a, Uint8Array.from(a))).toBe(true)
    }),
  )
  for (let bit = 0; bit < 64; bit++) {
    const other = new Uint8Array(8)
    other[bit >> 3] = 1 << (bit & 7)
    expect(bytesEqual(new Uint8Array(8), other)).toBe(false)
  }
})

test('numbers are written big endian, and refused where they do not fit', () => {
  expect(toHex(uintBytes(0x0102, 4))).toBe('00000102')
  expect(toHex(uintBytes(2n ** 64n - 1n, 8))).toBe('ffffffffffffffff')
  expect(uintBytes(0, 0)).toEqual(new Uint8Array(0))
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.integer({ min: 0, max: 12 }), (value, width) => {
      if (value >= 1n << BigInt(8 * width)) expect(() => uintBytes(value, width)).toThrow(RangeError)
      else expect(BigInt(`0x0${toHex(uintBytes(value, width))}`)).toBe(value)
    }),
  )
  for (const value of [-1, -1n, 0.5, 256]) expect(() => uintBytes(value, 1)).toThrow(RangeError)
})
