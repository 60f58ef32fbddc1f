import fc from 'fast-check'
import { expect, test } from 'vitest'
import { civilOf, dateOf, dayOf, dayOfCivil } from '../../src/schedule/local-date.ts'
import { instantToWall, isTimeZone, offsetStretches, wallToInstant } from '../../src/schedule/zone.ts'

const zones = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'Pacific/Apia',
]
const at = (text: string): number => Date.parse(text) / 1000

test.each([
  'UTC',
  'Europe/Zurich',
  'Asia/Kathmandu',
  'Asia/Katmandu',
  'Europe/Kyiv',
  'America/Argentina/Buenos_Aires',
  'America/Port-au-Prince',
  'Africa/Dar_es_Salaam',
  'Antarctica/DumontDUrville',
  'Antarctica/McMurdo',
  'US/Pacific',
  'America/North_Dakota/New_Salem',
  'Europe/Isle_of_Man',
  'Australia/ACT',
])('%s is a time zone', name => expect(isTimeZone(name)).toBe(true))

test.each([
  'CET',
  'EST',
  'GMT',
  'utc',
  'Zurich',
  'Europe/Zuerich',
  'europe/zurich',
  'Europe/zurich',
  'asia/kathmandu',
  'ASIA/KATHMANDU',
  '+01:00',
  'UTC+1',
  '',
  'EST5EDT',
  'MST7MDT',
])('%s is no time zone', name => expect(isTimeZone(name)).toBe(false))

test('T66: a wall time in the gap is the end of the gap', () => {
  const gap = { date: '2026-03-29', minute: 150 }
  expect(wallToInstant('Europe/Zurich', gap, 'from')).toBe(at('2026-03-29T01:00:00Z'))
  expect(wallToInstant('Europe/Zurich', gap, 'to')).toBe(at('2026-03-29T01:00:00Z'))
})

test('T66: a wall time that occurs twice is the first as from, the second as to', () => {
  const fold = { date: '2026-10-25', minute: 150 }
  expect(wallToInstant('Europe/Zurich', fold, 'from')).toBe(at('2026-10-25T00:30:00Z'))
  expect(wallToInstant('Europe/Zurich', fold, 'to')).toBe(at('2026-10-25T01:30:00Z'))
})

test('a skipped date is the end of the skip', () => {
  expect(wallToInstant('Pacific/Apia', { date: '2011-12-30', minute: 600 }, 'from')).toBe(at('2011-12-30T10:00:00Z'))
})

test('24:00 is the start of the next date', () => {
  expect(wallToInstant('Europe/Zurich', { date: '2026-12-31', minute: 1440 }, 'to')).toBe(at('2026-12-31T23:00:00Z'))
})

test('the wall shows every instant as the platform does', () => {
  const instants = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') })
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
      const wall = instantToWall(zone, instant)
      const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
      const digits = (value: number) => String(value).padStart(2, '0')
      const time = `${digits(Math.floor(wall.minute / 60))}:${digits(wall.minute % 60)}:${digits(wall.second)}`
      expect(`${wall.date} ${time}`).toBe(shown.format(instant * 1000))
    }),
    { numRuns: 500 },
  )
})

test('back from the wall: the instant itself, or its twin of the fold', () => {
  const instants = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') })
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
      const wall = instantToWall(zone, instant)
      const first = wallToInstant(zone, wall, 'from')
      const last = wallToInstant(zone, wall, 'to')
      expect(first <= instant && instant <= last).toBe(true)
      expect([first, last]).toContain(instant)
    }),
  )
})

test('stretches of equal offset join without a hole', () => {
  const stretches = offsetStretches('Africa/Casablanca', at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'))
  expect(stretches.map(s => s.offset)).toEqual([3600, 0, 3600])
  expect(stretches.slice(1).map(s => s.from)).toEqual(stretches.slice(0, -1).map(s => s.to))
})

test('days and dates are each other’s inverse', () => {
  fc.assert(
    fc.property(fc.integer({ min: dayOf('0001-01-01'), max: dayOf('9999-12-31') }), day => {
      expect(dayOf(dateOf(day))).toBe(day)
      expect(dayOfCivil(civilOf(day))).toBe(day)
      expect(dateOf(day)).toBe(new Date(day * 86_400_000).toISOString().slice(0, 10))
    }),
  )
})
