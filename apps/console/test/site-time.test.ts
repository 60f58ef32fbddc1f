import { expect, test } from 'vitest'
import { durationText, isSameSiteDay, siteTime, siteTimeParts, withSiteTimes } from '../src/site-time.ts'

const zurich = 'Europe/Zurich'

test('an instant is told in the zone of the site, with the name of the zone', () => {
  expect(siteTime('2026-11-24T13:07:03Z', zurich)).toBe('Tue, 24 Nov 2026, 14:07:03 CET')
  expect(siteTime('2026-07-01T13:07:03Z', zurich, 'clock')).toBe('15:07:03 CEST')
})

test('the hour that occurs twice in autumn is told apart by its zone', () => {
  expect(siteTime('2026-10-25T00:30:00Z', zurich, 'clock')).toBe('02:30:00 CEST')
  expect(siteTime('2026-10-25T01:30:00Z', zurich, 'clock')).toBe('02:30:00 CET')
})

test('midnight is 00, not 24', () => {
  expect(siteTime('2026-11-24T23:00:00Z', zurich, 'clock')).toBe('00:00:00 CET')
})

test('time and zone come apart for a list', () => {
  expect(siteTimeParts('2026-11-24T13:07:03Z', zurich, 'clock')).toEqual(['14:07:03', 'CET'])
  expect(siteTimeParts('2026-11-24T13:07:03Z', zurich, 'day')).toEqual(['Tue 24 Nov', 'CET'])
})

test('what is no instant is shown as it is', () => {
  expect(siteTime('never', zurich)).toBe('never')
  expect(siteTimeParts('never', zurich, 'clock')).toEqual(['never', ''])
})

test('instants inside a text are told in site time, and nothing else is touched', () => {
  expect(withSiteTimes('holds until 2026-11-24T21:00:00Z, 4 of 2026-11', one => siteTime(one, zurich, 'clock'))).toBe(
    'holds until 22:00:00 CET, 4 of 2026-11',
  )
})

test('days are those of the site', () => {
  expect(isSameSiteDay('2026-11-24T23:30:00Z', '2026-11-25T22:00:00Z', zurich)).toBe(true)
  expect(isSameSiteDay('2026-11-24T22:30:00Z', '2026-11-24T23:30:00Z', zurich)).toBe(false)
})

test.each([
  [0, '0 s'],
  [999, '1 s'],
  [45_000, '45 s'],
  [61_000, '1 min 1 s'],
  [4_800_000, '1 h 20 min'],
  [172_800_000, '2 d'],
  [29.9 * 86_400_000, '29 d'],
  [-5, '0 s'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
