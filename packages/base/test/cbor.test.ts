import { decode as oracleDecode, encode as oracleEncode, rfc8949EncodeOptions } from 'cborg'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CborError,
  type CborFault,
  type CborValue,
  concat,
  decodeCbor,
  encodeCbor,
  fromHex,
  Tagged,
  toHex,
} from '../src/index.ts'

type Key = number | bigint | string

const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.bigInt({ min: -(1n << 64n), max: (1n << 64n) - 1n }),
  ...[8n, 16n, 32n, 53n, 63n, 64n].map(bits => fc.constantFrom((1n << bits) - 1n, -(1n << bits))),
)
const texts = fc.string({ unit: 'grapheme' })
const keys: fc.Arbitrary<Key> = fc.oneof(integers, texts)
const values = fc.letrec<{ value: CborValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(integers, fc.boolean(), fc.constant(null), texts, fc.uint8Array({ maxLength: 300, size: 'max' })),
    fc.array(tie('value'), { maxLength: 12 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 12 }).map(entries => distinct(entries)),
  ),
})).value

test('every value is written as another implementation writes it', () => {
  fc.assert(
    fc.property(values, value => {
      expect(toHex(encodeCbor(value))).toBe(toHex(oracleEncode(value, rfc8949EncodeOptions)))
    }),
    { numRuns: 200 },
  )
})

test('what was written is read back', () => {
  fc.assert(
    fc.property(values, value => {
      const bytes = encodeCbor(value)
      expect(plain(decodeCbor(bytes))).toEqual(plain(value))
      expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes)
    }),
    { numRuns: 200 },
  )
})

test('T31: bytes are refused, or are the one encoding of what was read', () => {
  fc.assert(
    fc.property(anyBytes(), bytes => {
      const value = decoded(bytes)
      if (value !== undefined) expect(toHex(encodeCbor(value))).toBe(toHex(bytes))
    }),
    { numRuns: 1_500 },
  )
})

test('T31: another strict implementation accepts the same bytes, canonical form aside, and reads the same', () => {
  fc.assert(
    fc.property(anyBytes(), bytes => {
      const ours = decoded(bytes)
      const theirs = canonicalByOracle(bytes)
      expect(ours === undefined ? undefined : plain(ours)).toEqual(theirs === undefined ? undefined : plain(theirs))
    }),
    { numRuns: 1_500 },
  )
})

const refused: readonly (readonly [what: string, hex: string, code: CborFault])[] = [
  ['nothing', '', 'malformed'],
  ['a second value behind the first', '0000', 'malformed'],
  ['a head without its argument', '19ff', 'malformed'],
  ['a byte string that is cut short', '4401', 'malformed'],
  ['an array that is cut short', '8201', 'malformed'],
  ['a map without its last value', 'a101', 'malformed'],
  ['an array of indefinite length', '9f01ff', 'malformed'],
  ['a map of indefinite length', 'bf0102ff', 'malformed'],
  ['a byte string of indefinite length', '5f4101ff', 'malformed'],
  ['a text of indefinite length', '7f6161ff', 'malformed'],
  ['a break alone', 'ff', 'malformed'],
  ['the reserved length 28', '1c', 'malformed'],
  ['the reserved length 30 of an array', '9e', 'malformed'],
  ['undefined', 'f7', 'malformed'],
  ['half a float', 'f90000', 'malformed'],
  ['a float', 'fb3ff8000000000000', 'malformed'],
  ['a simple value', 'e0', 'malformed'],
  ['a simple value in two bytes', 'f820', 'malformed'],
  ['a tag that nobody asked for', 'c000', 'malformed'],
  ['a bignum', 'c24101', 'malformed'],
  ['a key twice', 'a200000001', 'malformed'],
  ['a text key twice', 'a2616100616101', 'malformed'],
  ['a key twice, once in a longer form', 'a20000180001', 'malformed'],
  ['a key that is a byte string', 'a1410100', 'malformed'],
  ['a key that is an array', 'a18000', 'malformed'],
  ['a key that is null', 'a1f600', 'malformed'],
  ['a key that is a boolean', 'a1f500', 'malformed'],
  ['text with half a character', '61c3', 'malformed'],
  ['text with an overlong character', '62c080', 'malformed'],
  ['text with a surrogate', '63eda080', 'malformed'],
  ['a small number in two bytes', '1817', 'not-canonical'],
  ['a number in three bytes that fits into two', '1900ff', 'not-canonical'],
  ['a number in five bytes that fits into three', '1a0000ffff', 'not-canonical'],
  ['a number in nine bytes that fits into five', '1b00000000ffffffff', 'not-canonical'],
  ['a negative number in two bytes', '3800', 'not-canonical'],
  ['a long length of a byte string', '580100', 'not-canonical'],
  ['a long length of a text', '780161', 'not-canonical'],
  ['a long length of an array', '980100', 'not-canonical'],
  ['a long length of a map', 'b8010000', 'not-canonical'],
  ['keys out of order', 'a201000000', 'not-canonical'],
  ['a text key before a longer number', 'a2600019010000', 'not-canonical'],
]

test.each(refused)('T31: %s is refused (%s, %s)', (_, hex, code) => {
  expect(faultOf(fromHex(hex))).toBe(code)
})

test('T31: what is unreadable behind a longer form is reported as unreadable', () => {
  expect(faultOf(fromHex('82180019'))).toBe('malformed')
})

test('T31: a length beyond the end is refused before anything is allocated', () => {
  for (const head of ['5b0000000040000000', '7b0000000040000000', '9b7fffffffffffffff', 'bb0000000100000000']) {
    const before = process.memoryUsage().arrayBuffers
    expect(faultOf(fromHex(head))).toBe('malformed')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  }
})

test('T31: 100,000 arrays inside each other are refused without a stack that overflows', () => {
  expect(faultOf(new Uint8Array(100_000).fill(0x81))).toBe('malformed')
  expect(() => decodeCbor(new Uint8Array(100_000).fill(0xc1), { tags: [1] })).toThrow(CborError)
})

test('the depth is what the caller allows, not one more', () => {
  const nested = (depth: number) => concat(new Uint8Array(depth).fill(0x81), Uint8Array.of(0))
  expect(decodeCbor(nested(16))).toBeDefined()
  expect(() => decodeCbor(nested(17))).toThrow(CborError)
  expect(decodeCbor(nested(3), { maxDepth: 3 })).toEqual([[[0]]])
  expect(() => decodeCbor(nested(4), { maxDepth: 3 })).toThrow('nested deeper than 3')
})

test('a tag is read where the caller knows it', () => {
  const tagged = new Tagged(18, [1])
  expect(toHex(encodeCbor(tagged))).toBe('d28101')
  expect(decodeCbor(fromHex('d28101'), { tags: [16, 18] })).toEqual(tagged)
  expect(() => decodeCbor(fromHex('d28101'), { tags: [16] })).toThrow('tag 18 is not known here')
  expect(decodeCbor(fromHex('d28101'), { tags: 'any' })).toEqual(tagged)
  expect(() => decodeCbor(fromHex('dbffffffffffffffff00'), { tags: 'any' })).toThrow(CborError)
})

// Appendix A of RFC 8949, those of the subset.
const examples: readonly (readonly [CborValue, string])[] = [
  [0, '00'],
  [23, '17'],
  [24, '1818'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [18446744073709551615n, '1bffffffffffffffff'],
  [-18446744073709551616n, '3bffffffffffffffff'],
  [-1, '20'],
  [-1000, '3903e7'],
  [false, 'f4'],
  [null, 'f6'],
  [fromHex('01020304'), '4401020304'],
  ['', '60'],
  ['"\\', '62225c'],
  ['ü', '62c3bc'],
  ['水', '63e6b0b4'],
  ['𐅑', '64f0908591'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [
    new Map<Key, CborValue>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
    'a26161016162820203',
  ],
]
test.each(examples.map(([value, hex]) => [hex, value] as const))('RFC 8949 A: %s', (hex, value) => {
  expect(toHex(encodeCbor(value))).toBe(hex)
  expect(decodeCbor(fromHex(hex))).toEqual(value)
})

test('keys are sorted by their bytes: whole numbers, then negative ones, then texts, short ones first', () => {
  const map = new Map<Key, CborValue>([
    ['aa', 0],
    ['z', 0],
    [-1, 0],
    [100, 0],
    [10, 0],
  ])
  expect(toHex(encodeCbor(map))).toBe('a50a001864002000617a0062616100')
})

test('what has no encoding is refused when it is written', () => {
  for (const value of [
    0.5,
    Number.NaN,
    2 ** 53,
    -(2 ** 53),
    1n << 64n,
    -(1n << 64n) - 1n,
    '\ud800',
    new Tagged(-1, 0),
    new Tagged(0.5, 0),
  ]) {
    expect(() => encodeCbor(value)).toThrow(TypeError)
  }
  expect(() =>
    encodeCbor(
      new Map<Key, CborValue>([
        [1, 'a'],
        [1n, 'b'],
      ]),
    ),
  ).toThrow('a key twice')
  expect(() => encodeCbor([undefined] as never)).toThrow('no CBOR for a undefined')
  expect(() => encodeCbor(new Map([['\udc00', 1]]))).toThrow(TypeError)
})

test('an integer is a number as far as numbers are exact, and a bigint beyond', () => {
  const edge = 2n ** 53n
  for (const value of [2 ** 53 - 1, -(2 ** 53) + 1, edge, edge + 1n, -edge, -edge - 1n]) {
    expect(decodeCbor(encodeCbor(value))).toBe(value)
  }
})

test('a list longer than the arguments of a call is written and read', () => {
  const list = Array.from({ length: 150_000 }, (_, index) => index)
  expect(decodeCbor(encodeCbor(list))).toEqual(list)
})

test('byte strings are copies, also out of a Buffer', () => {
  const bytes = Buffer.from('4401020304', 'hex')
  const value = decodeCbor(bytes)
  bytes.fill(0)
  expect(value).toEqual(Uint8Array.of(1, 2, 3, 4))
  expect(Buffer.isBuffer(value)).toBe(false)
})

/** Random bytes, whole encodings, and encodings with a byte changed, put in or taken away. */
function anyBytes(): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2)), { maxLength: 3 })
  return fc.oneof(
    fc.uint8Array({ maxLength: 60, size: 'max' }),
    fc.tuple(values, edits).map(([value, changes]) => {
      const bytes = [...encodeCbor(value)]
      for (const [at, byte, kind] of changes)
        bytes.splice(at % (bytes.length + 1), kind === 0 ? 0 : 1, ...(kind < 2 ? [byte] : []))
      return Uint8Array.from(bytes)
    }),
  )
}

/** The value, or undefined where a CborError refuses the bytes. Any other error is a bug. */
function decoded(bytes: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(bytes)
  } catch (error) {
    if (error instanceof CborError) return undefined
    throw error
  }
}

function faultOf(bytes: Uint8Array): CborFault | undefined {
  try {
    decodeCbor(bytes)
    return undefined
  } catch (error) {
    if (error instanceof CborError) return error.code
    throw error
  }
}

/** What the oracle reads, if it is in our subset and comes back as the same bytes. */
function canonicalByOracle(bytes: Uint8Array): CborValue | undefined {
  let value: CborValue
  try {
    value = oracleDecode(bytes, {
      useMaps: true,
      strict: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
    }) as CborValue
    if (toHex(oracleEncode(value, rfc8949EncodeOptions)) !== toHex(bytes)) return undefined
  } catch {
    return undefined
  }
  return inSubset(value, 0) ? value : undefined
}

function inSubset(value: CborValue, depth: number): boolean {
  if (depth > 16) return false
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (Array.isArray(value)) return value.every(item => inSubset(item, depth + 1))
  if (!(value instanceof Map)) return true
  return [...value].every(
    ([key, member]) =>
      ['number', 'bigint', 'string'].includes(typeof key) && inSubset(key, depth + 1) && inSubset(member, depth + 1),
  )
}

/** Integers as bigints and maps as sorted entries: what is equal in CBOR is equal here. */
function plain(value: CborValue): unknown {
  if (typeof value === 'number') return BigInt(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const entries = [...value].map(([key, member]) => [toHex(encodeCbor(key)), plain(member)] as const)
  return { map: entries.sort(([a], [b]) => (a < b ? -1 : 1)) }
}

/** A map without two keys that are one key in CBOR. */
function distinct(entries: readonly (readonly [Key, CborValue])[]): Map<Key, CborValue> {
  const byBytes = new Map(entries.map(([key, member]) => [toHex(encodeCbor(key)), [key, member] as const]))
  return new Map(byBytes.values())
}
