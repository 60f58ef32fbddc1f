import { expect, test } from 'vitest'
import { formatInstant } from '../../src/decision/instant-text.ts'
import { nearestMiss } from '../../src/decision/nearest-miss.ts'
import { formatReason, type Reason, weightOf } from '../../src/decision/reason.ts'

/** site.md §6.7, light to heavy. */
const byWeight: readonly Reason[] = [
  { code: 'factor-failed' },
  { code: 'factor-required', factor: 'pin' },
  { code: 'factor-required', factor: 'biometric' },
  { code: 'factor-required', factor: 'second-person' },
  { code: 'factor-locked', until: 'never' },
  { code: 'too-far' },
  { code: 'wrong-side' },
  { code: 'not-in-zone' },
  { code: 'interlock-open' },
  { code: 'asset-in-use', role: 'none' },
  { code: 'escort-required' },
  { code: 'area-full' },
  { code: 'anti-passback' },
  { code: 'machine-state', state: 'unknown' },
  { code: 'context-failed', name: 'context' },
  { code: 'outside-schedule', next: 'never' },
  { code: 'holiday' },
  { code: 'rest-time', at: 0 },
  { code: 'quota-used' },
  { code: 'not-yet-valid', from: 0 },
  { code: 'expired', at: 0 },
  { code: 'order-missing' },
  { code: 'qualification-expired', qualification: 'q' },
  { code: 'qualification-missing', qualification: 'q' },
  { code: 'organisation-inactive' },
  { code: 'no-permission' },
  { code: 'prohibited', rule: 'r' },
  { code: 'relay-suspected' },
  { code: 'epoch-too-old' },
  { code: 'suspended' },
  { code: 'revoked' },
  { code: 'unknown-credential' },
  { code: 'bad-proof' },
  { code: 'clock-untrusted' },
  { code: 'autonomy-exceeded' },
  { code: 'lockdown' },
  { code: 'not-commissioned' },
  { code: 'internal-error' },
]

test('the weights are 1 to 38 in the order of the page', () => {
  expect(byWeight.map(weightOf)).toEqual(byWeight.map((_, index) => index + 1))
})

test('reasons are written with their parameter', () => {
  expect(byWeight.slice(1, 5).map(formatReason)).toEqual([
    'factor-required(pin)',
    'factor-required(biometric)',
    'factor-required(second-person)',
    'factor-locked(never)',
  ])
  expect(formatReason({ code: 'expired', at: Date.parse('2026-11-24T13:00:00.9Z') / 1000 })).toBe(
    'expired(2026-11-24T13:00:00Z)',
  )
})

test('instants are written in UTC with seconds, before 1970 too', () => {
  for (const text of ['1969-12-31T23:59:59Z', '2000-02-29T00:00:00Z', '2026-11-24T13:05:09Z', '2099-12-31T23:59:59Z']) {
    expect(formatInstant(Date.parse(text) / 1000)).toBe(text)
  }
})

test('the lightest list is the nearest miss; each reason stands once', () => {
  const pin: Reason = { code: 'factor-required', factor: 'pin' }
  const shut: Reason = { code: 'outside-schedule', next: 5 }
  const list = nearestMiss([[pin, shut], [shut, { code: 'order-missing' }], [shut], [pin, pin]])
  expect(list.map(formatReason)).toEqual([
    'factor-required(pin)',
    'outside-schedule(1970-01-01T00:00:05Z)',
    'order-missing',
  ])
})
