import { decodeCbor, encodeCbor } from '@edgeward/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AuditRecord,
  clockQualities,
  decodeRecord,
  encodeRecord,
  maxRecordBytes,
  recordKinds,
} from '../../src/audit-record/audit-record.ts'
import { decisionIdBytes, decisionIdOf } from '../../src/audit-record/decision-id.ts'

const text = fc.string({ maxLength: 20, unit: 'binary' })
const commitment = fc.uint8Array({ minLength: 32, maxLength: 32, size: 'max' })
const textMap = fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), text, { noNullPrototype: true })
const records: fc.Arbitrary<AuditRecord> = fc.record(
  {
    kind: fc.constantFrom(...recordKinds),
    at: fc.nat(),
    clockQuality: fc.constantFrom(...clockQualities),
    simulated: fc.boolean(),
    decisionId: text,
    asset: text,
    side: fc.constantFrom('in' as const, 'out' as const),
    function: text,
    decision: fc.constantFrom('permit' as const, 'deny' as const),
    by: text,
    reasons: fc.array(text),
    obligations: fc.array(text),
    factors: textMap,
    bundleVersion: fc.nat(),
    documentEpoch: fc.nat(),
    siteDigest: commitment,
    trace: fc.array(fc.record({ what: text, value: text })),
    person: commitment,
    outcome: text,
    event: text,
    detail: textMap,
  },
  { requiredKeys: ['kind', 'at', 'clockQuality', 'simulated'] },
)

describe('audit record', () => {
  test('every record comes back as it was written', () => {
    fc.assert(
      fc.property(records, record => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
      }),
    )
  })

  test('an unknown key is refused', () => {
    const map = decodeCbor(encodeRecord({ kind: 'module', at: 1, clockQuality: 'untrusted', simulated: false }))
    expect(() => decodeRecord(encodeCbor(new Map([...(map as Map<number, number>), [99, 1]])))).toThrow(
      /unknown key 99/,
    )
  })

  test('what every record must have is asked for', () => {
    expect(() => decodeRecord(encodeCbor(new Map([[1, 0]])))).toThrow(/missing/)
  })

  test('random bytes are refused as malformed, never as something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), bytes => {
        try {
          expect(encodeRecord(decodeRecord(bytes))).toEqual(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' })
        }
      }),
    )
  })

  test('a record that the log could not hold is refused', () => {
    const long = 'x'.repeat(maxRecordBytes)
    expect(() =>
      encodeRecord({ kind: 'module', at: 1, clockQuality: 'drifting', simulated: false, event: long }),
    ).toThrow(/at most/)
  })
})

test('a decision id is ten characters that can be read out, and tells all its bits apart', () => {
  expect(decisionIdOf(new Uint8Array(decisionIdBytes))).toBe('0000000000')
  expect(decisionIdOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 31))).toBe('000000000Z')
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 7, maxLength: 7, size: 'max' }), bytes => {
      expect(decisionIdOf(bytes)).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/)
    }),
  )
})
