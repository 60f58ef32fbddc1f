import { type CborValue, decodeCbor, encodeCbor } from '@edgeward/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Direction,
  EnvelopeRefused,
  encodePayload,
  type MapPayloads,
  readOuterShape,
  readPayload,
} from '../../src/seal/index.ts'
import { payloads } from './payload-arbitraries.ts'

const directions: { readonly [T in keyof MapPayloads]: Direction } = {
  'policy-bundle': 'down',
  'revocation-delta': 'down',
  'key-package': 'down',
  command: 'down',
  acknowledgement: 'up',
  'audit-batch': 'up',
  health: 'up',
}
const types = Object.keys(directions) as (keyof MapPayloads)[]

const refusal = (read: () => unknown): string | undefined => {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

describe.each(types)('a payload of type %s', type => {
  const direction = directions[type]
  // One arbitrary for any of the types: what belongs to which type is `payloads`' to say.
  const encoded = (payloads[type] as fc.Arbitrary<never>).map(payload => ({
    payload,
    bytes: encodePayload(type, payload),
  }))
  const mapOf = (bytes: Uint8Array): Map<number | bigint | string, CborValue> => {
    const map = decodeCbor(bytes)
    if (!(map instanceof Map)) throw new Error('not a map')
    return map
  }

  test('is read as it was written', () => {
    fc.assert(
      fc.property(encoded, ({ payload, bytes }) => {
        expect(readPayload(type, direction, bytes)).toEqual(payload)
      }),
    )
  })

  test('is refused with a key more, or without one that it must have', () => {
    fc.assert(
      fc.property(encoded, fc.integer({ min: 30, max: 99 }), fc.nat(), ({ bytes }, key, at) => {
        const more = mapOf(bytes).set(key, 0)
        expect(refusal(() => readPayload(type, direction, encodeCbor(more)))).toBe('payload')
        const less = mapOf(bytes)
        const removed = [...less.keys()][at % less.size] as number
        less.delete(removed)
        const result = refusal(() => readPayload(type, direction, encodeCbor(less)))
        expect(result).toBe(required[type].includes(removed) ? 'payload' : undefined)
      }),
    )
  })

  test('is refused with a member of another type', () => {
    fc.assert(
      fc.property(encoded, fc.nat(), ({ bytes }, at) => {
        const map = mapOf(bytes)
        const key = [...map.keys()][at % map.size] as number
        for (const wrong of [false, -1, [[[]]]]) {
          expect(refusal(() => readPayload(type, direction, encodeCbor(new Map(map).set(key, wrong))))).toBe('payload')
        }
      }),
    )
  })

  test('any other bytes are refused, or come back the same', () => {
    fc.assert(
      fc.property(encoded, fc.nat(), fc.nat(255), ({ bytes }, at, byte) => {
        const changed = bytes.with(at % bytes.length, byte)
        let read: unknown
        try {
          read = readPayload(type, direction, changed)
        } catch (error) {
          expect(error).toMatchObject({ name: 'EnvelopeRefused', code: 'payload' })
          return
        }
        expect(encodePayload(type, read as never)).toEqual(changed)
      }),
      { numRuns: 100 },
    )
  })

  test('has evidence if and only if a module sends it', () => {
    fc.assert(
      fc.property(encoded, ({ bytes }) => {
        const other = mapOf(bytes)
        if (direction === 'up') other.delete(-2)
        else
          other.set(
            -2,
            new Map<number, CborValue>([
              [1, new Uint8Array(32)],
              [2, 1],
              [3, 1],
              [4, new Uint8Array(64)],
            ]),
          )
        expect(refusal(() => readPayload(type, direction, encodeCbor(other)))).toBe('payload')
        expect(refusal(() => readOuterShape(type, direction, encodeCbor(other)))).toBeUndefined()
      }),
    )
  })
})

/** Keys that a payload must have; envelope.md §3. */
const required: { readonly [T in keyof MapPayloads]: readonly number[] } = {
  'policy-bundle': [1, 2, 3, 4, 5, 6, 7],
  'revocation-delta': [1, 2, 3],
  'key-package': [1],
  command: [1, 2, 3, 4, 5, 6],
  acknowledgement: [1, -2],
  'audit-batch': [1, 2, 3, 4, 5, 6, -2],
  health: [1, 2, 3, 4, 5, -2],
}
