import type { Status } from '@edgeward/service/api'
import { expect, test } from 'vitest'
import { fiveAnswers } from '../src/shell/five-answers.ts'

const status: Status = {
  site: { id: 'rhine-works', name: 'Rhine Works', timeZone: 'Europe/Zurich' },
  siteVersion: 3,
  epoch: 2,
  simulated: true,
  clock: { now: '2026-11-24T13:00:00Z', quality: 'synchronised', simulated: true },
  keys: { home: 'software', isHsm: false, sentence: 'This is not an HSM.', hostTouches: [] },
  counts: { people: 31, robots: 2, assets: 27, credentials: 34, enrolled: 33, rules: 82 },
  modules: { total: 10, commissioned: 10, connected: 9, current: 9, waiting: ['edge-tanks'] },
  blocks: { revoked: 2, suspended: 1, version: 4, inForceEverywhere: false, waiting: ['edge-tanks'] },
  withoutService: { leastAutonomySeconds: 172_800, sentence: 'Taps go on.' },
  records: { received: 1, gaps: 0, alarms: 0, lastAt: null },
  database: { state: 'up', kind: 'embedded', version: '18.4' },
  broker: { state: 'up', address: '127.0.0.1:1', clients: 9 },
  restore: null,
  rulesNotInForce: [],
}

test('the five questions are answered in their order', () => {
  expect(fiveAnswers(status).map(({ id, short, tone }) => [id, short, tone])).toEqual([
    ['rights', '82 rules', 'neutral'],
    ['blocked', '3 credentials', 'neutral'],
    ['in-force', 'Not yet: 1 module', 'bad'],
    ['without-service', 'Everything, for 2 d', 'good'],
    ['hsm', 'No, software keys', 'warn'],
  ])
})

test('a block that is not in force names the module that waits', () => {
  expect(fiveAnswers(status)[2]?.long).toBe('9 of 10 modules have acknowledged it. Still to do so: edge-tanks.')
})

test('everywhere in force, nobody blocked and a real HSM are said as such', () => {
  const good: Status = {
    ...status,
    blocks: { revoked: 0, suspended: 0, version: 0, inForceEverywhere: true, waiting: [] },
    keys: { home: 'hsm', isHsm: true, sentence: 'The keys live in an HSM.', hostTouches: [] },
  }
  expect(
    fiveAnswers(good)
      .map(({ short }) => short)
      .slice(1),
  ).toEqual(['Nobody', 'Yes, everywhere', 'Everything, for 2 d', 'Yes'])
})
