import { concat, WireError } from '@edgeward/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CardLink,
  type Command,
  chainCommand,
  cutAnswer,
  decodeCommand,
  decodeResponse,
  decodeTable,
  decodeTlvs,
  encodeCommand,
  encodeResponse,
  encodeTlv,
  idleLink,
  joinAnswer,
  maxJoinedAnswer,
  maxJoinedCommand,
  noAnswerYet,
  takeCommand,
} from '../../src/apdu/index.ts'

const plain: Command = { cla: 0x80, ins: 0xc9, p1: 0, p2: 0, data: new Uint8Array(0), le: 256 }

function refused(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch (error) {
    if (error instanceof WireError) return true
    throw error
  }
}

test('a command is refused, or comes back the same', () => {
  const structured = fc.tuple(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ maxLength: 255, size: 'max' }),
    fc.nat(255),
  )
  const made = structured.map(([head, data, le]) => concat(head, Uint8Array.of(data.length), data, Uint8Array.of(le)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300, size: 'max' }), made), input => {
      if (!refused(() => decodeCommand(input))) expect(encodeCommand(decodeCommand(input))).toEqual(input)
    }),
    { numRuns: 1_000 },
  )
})

test('a command of extended length, and one whose length differs, is refused', () => {
  for (const hex of ['80c90000000001aa', '80c9000002aa', '80c9000001aabbcc', '80c900']) {
    expect(refused(() => decodeCommand(Uint8Array.from(Buffer.from(hex, 'hex'))))).toBe(true)
  }
})

test('an answer is refused, or comes back the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), input => {
      if (!refused(() => decodeResponse(input))) expect(encodeResponse(decodeResponse(input))).toEqual(input)
    }),
  )
})

test('elements are refused, or their raw bytes joined are what came', () => {
  const element = fc
    .tuple(fc.constantFrom(0x41, 0x5c, 0x87, 0x7f66, 0x9f20), fc.uint8Array({ maxLength: 300, size: 'max' }))
    .map(([tag, value]) => encodeTlv(tag, value))
  const elements = fc.array(element, { maxLength: 6 }).map(parts => concat(...parts))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200, size: 'max' }), elements), input => {
      if (refused(() => decodeTlvs(input))) return
      expect(concat(...decodeTlvs(input).map(({ raw }) => raw))).toEqual(input)
    }),
    { numRuns: 1_000 },
  )
})

test('any of the three length forms is read, the shortest is written', () => {
  const value = new Uint8Array(5)
  for (const form of [[5], [0x81, 5], [0x82, 0, 5]]) {
    expect(decodeTlvs(concat(Uint8Array.of(0x41, ...form), value))).toMatchObject([{ tag: 0x41, value }])
  }
  expect(refused(() => decodeTlvs(Uint8Array.of(0x41, 0x83, 0, 0, 0)))).toBe(true)
  expect(encodeTlv(0x41, new Uint8Array(127)).slice(0, 2)).toEqual(Uint8Array.of(0x41, 127))
  expect(encodeTlv(0x41, new Uint8Array(128)).slice(0, 3)).toEqual(Uint8Array.of(0x41, 0x81, 128))
  expect(encodeTlv(0x41, new Uint8Array(256)).slice(0, 4)).toEqual(Uint8Array.of(0x41, 0x82, 1, 0))
})

test('known elements stand in order and once, unknown ones anywhere', () => {
  const table = { first: { tag: 0x41, length: 1 }, second: { tag: 0x42, length: [0, 2], optional: true } } as const
  const [first, second, unknown] = [
    encodeTlv(0x41, Uint8Array.of(7)),
    encodeTlv(0x42),
    encodeTlv(0xaa, Uint8Array.of(1)),
  ]
  expect(decodeTable(concat(unknown, first, unknown, second, unknown), table).first.value).toEqual(Uint8Array.of(7))
  expect(decodeTable(first, table).second).toBeUndefined()
  const wrong = [
    concat(second, first),
    concat(first, first),
    second,
    encodeTlv(0x41),
    concat(first, encodeTlv(0x42, new Uint8Array(3))),
  ]
  for (const bytes of wrong) expect(refused(() => decodeTable(bytes, table))).toBe(true)
})

test('whatever a reader chains, a card joins', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: maxJoinedCommand, size: 'max' }), data => {
      let link: CardLink = idleLink
      const parts = chainCommand({ ...plain, data })
      for (const [i, part] of parts.entries()) {
        const taken = takeCommand(link, part, 254)
        link = taken.link
        const isLast = i === parts.length - 1
        expect(taken).toMatchObject(
          isLast ? { type: 'command', command: { ...plain, data } } : { response: { sw: 0x9000 } },
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('whatever a card cuts, a reader joins', () => {
  const sizes = fc.record({
    data: fc.uint8Array({ maxLength: 2_000, size: 'max' }),
    fragment: fc.integer({ min: 1, max: 256 }),
  })
  fc.assert(
    fc.property(sizes, ({ data, fragment }) => {
      let answer = cutAnswer(data, 0x9000, fragment)
      let joined = joinAnswer(noAnswerYet, answer.response)
      while (joined.type === 'more') {
        const next = takeCommand(answer.link, joined.ask, fragment)
        if (next.type !== 'answer') throw new Error(next.type)
        answer = next
        joined = joinAnswer(joined.partial, answer.response)
      }
      expect(joined).toEqual({ type: 'whole', response: { data, sw: 0x9000 } })
    }),
    { numRuns: 100 },
  )
})

test('a chain holds 4,096 bytes and not one more', () => {
  const fill = (count: number) => {
    let link: CardLink = idleLink
    let last: ReturnType<typeof takeCommand> | undefined
    for (let left = count; left > 0; left -= 255) {
      const cla = left > 255 ? 0x90 : 0x80
      last = takeCommand(link, { ...plain, cla, data: new Uint8Array(Math.min(left, 255)) }, 254)
      link = last.link
    }
    return last
  }
  expect(fill(4_096)).toMatchObject({ type: 'command' })
  expect(fill(4_097)).toMatchObject({ type: 'refuse', because: 'length' })
  expect(() => chainCommand({ ...plain, data: new Uint8Array(4_097) })).toThrow(RangeError)
})

test('another command amidst a chain ends it, and nothing is fetched where nothing waits', () => {
  const { link } = takeCommand(idleLink, { ...plain, cla: 0x90, data: new Uint8Array(3) }, 254)
  expect(takeCommand(link, { ...plain, ins: 0x80 }, 254)).toMatchObject({ type: 'refuse', because: 'chain', link: {} })
  const getResponse = { ...plain, cla: 0, ins: 0xc0 }
  expect(takeCommand(idleLink, getResponse, 254)).toMatchObject({ type: 'refuse', because: 'nothing-pending' })
})

test('T07: an answer without end is cut off at 64 KiB, an empty part that promises more at once', () => {
  const part = { data: new Uint8Array(256), sw: 0x6100 }
  let joined = joinAnswer(noAnswerYet, part)
  let bytes = 256
  while (joined.type === 'more') {
    joined = joinAnswer(joined.partial, part)
    bytes += 256
  }
  expect(joined.type).toBe('oversize')
  expect(bytes).toBe(maxJoinedAnswer + 256)
  expect(joinAnswer(noAnswerYet, { data: new Uint8Array(0), sw: 0x6110 }).type).toBe('oversize')
})
