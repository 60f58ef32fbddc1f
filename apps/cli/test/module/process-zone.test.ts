import { instantToWall, useProcessZone, wallToInstant } from '@edgeward/domain'
import { afterEach, expect, test } from 'vitest'
import { takeProcessZone } from '../../src/module/process-zone.ts'

const before = process.env.TZ
afterEach(() => {
  useProcessZone(undefined)
  if (before === undefined) delete process.env.TZ
  else process.env.TZ = before
})

const zones = [
  'Europe/Zurich',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'UTC',
]
/** An odd step, so that it meets every hour and comes close to changes; 2010 to 2040. */
const stepSeconds = 61 * 3_607
const [first, last] = [Date.UTC(2010, 0, 1) / 1_000, Date.UTC(2040, 0, 1) / 1_000]
const instants = Array.from({ length: Math.floor((last - first) / stepSeconds) }, (_, i) => first + i * stepSeconds)

test.each(zones)('in %s a process of the site answers as the data of all zones does', zone => {
  takeProcessZone(zone)
  expect(process.env.TZ).toBe(zone)
  const walls = instants.map(instant => instantToWall(zone, instant))
  // The platform's own format, asked without the cache of this package.
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const wrong = instants.filter((instant, i) => {
    const { date, minute, second } = walls[i] as (typeof walls)[number]
    const time = [Math.floor(minute / 60), minute % 60, second].map(part => String(part).padStart(2, '0')).join(':')
    return format.format(instant * 1_000) !== `${date} ${time}`
  })
  expect(walls.length).toBeGreaterThan(4_000)
  expect(wrong).toEqual([])
})

test('both changes of a year are where they are', () => {
  takeProcessZone('Europe/Zurich')
  const gap = { date: '2026-03-29', minute: 150 }
  expect(wallToInstant('Europe/Zurich', gap, 'from')).toBe(Date.UTC(2026, 2, 29, 1) / 1_000)
  const twice = { date: '2026-10-25', minute: 150 }
  expect(wallToInstant('Europe/Zurich', twice, 'from')).toBe(Date.UTC(2026, 9, 25, 0, 30) / 1_000)
  expect(wallToInstant('Europe/Zurich', twice, 'to')).toBe(Date.UTC(2026, 9, 25, 1, 30) / 1_000)
})
