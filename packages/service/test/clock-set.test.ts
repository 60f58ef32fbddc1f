/** The clock of the service is set, forward and back: what had ended stays so, what must go on goes on. */
import type { AuditRecord } from '@edgeward/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../src/api/operations.ts'
import { useDatabaseServer } from './support/database.ts'
import type { FakeModule } from './support/fake-module.ts'
import { ManualTimers } from './support/manual-timers.ts'
import { type Plant, startPlant } from './support/plant.ts'

const server = useDatabaseServer()
const timers = new ManualTimers()
let plant: Plant
let module: FakeModule

beforeAll(async () => {
  plant = await startPlant(server(), {
    timers,
    site: `
edgeward: 1
site: { id: lab, timeZone: UTC }
areas: { hall: {} }
assets: { left: { in: hall, kind: door, failSafe: true } }
modules: { edge-a: { guards: [left] } }
people: { ada: { name: Ada, credentials: { c-1: { type: phone } } } }
`,
  })
  module = await plant.module('edge-a')
  await module.until(m => m.newest('policy-bundle'))
  await plant.service.idle()
})
afterAll(() => plant.stop())

const minute = 60_000
const week = 7 * 24 * 60 * minute
/** Lets upkeep run, and waits until it has left none of these. */
const swept = async (table: 'log_in_link' | 'session'): Promise<void> => {
  timers.fire(minute)
  while ((await plant.rows(`select 1 from ${table}`)).length > 0) await plant.service.idle()
}
const link = async (): Promise<string> =>
  ((await plant.call(operations.createLogInLink, {})).url.split('#')[1] ?? '').trim()
const claim = (code: string) => plant.call(operations.claim, { code, name: 'Ada' })

test('T64: a code that ran out stays dead when the clock is set back, and a fresh one works', async () => {
  const old = await link()
  plant.clock.advance(31 * minute)
  await swept('log_in_link')
  plant.clock.advance(-31 * minute)
  await expect(claim(old)).rejects.toMatchObject({ code: 'code-refused' })
  await claim(await link())
})

test('T64: a session from ahead of the clock does not live longer by it', async () => {
  expect(await plant.rows('select 1 from session')).toHaveLength(1)
  plant.clock.advance(-week)
  await swept('session')
  plant.clock.advance(week)
})

test('T64: alarms of a clock that was ahead silence none of now', async () => {
  const codes = async () =>
    (await plant.rows("select code from alarm where module = 'edge-a'")).map(row => (row as { code: string }).code)
  const bad = async (): Promise<void> => {
    const before = module.received.length
    const record: AuditRecord = {
      kind: 'module',
      at: module.now,
      clockQuality: 'synchronised',
      simulated: true,
      event: 'started',
    }
    if (module.records.length === 0) module.record(record)
    await module.publish(await module.seal('audit-batch', { ...(await module.batch(1, 1)), mac: new Uint8Array(32) }))
    await module.until(m => (m.received.length > before ? true : undefined))
    await plant.service.idle()
  }
  plant.clock.advance(week)
  await bad()
  plant.clock.advance(-week)
  await bad()
  expect(await codes()).toEqual(['batch-mac', 'batch-mac'])
})

test('T64: a bundle that was sent before the clock was set back goes out again', async () => {
  module.obedient = false
  const bundles = () => module.received.filter(({ type }) => type === 'policy-bundle').length
  const before = bundles()
  plant.clock.advance(week)
  const { text } = await plant.call(operations.exportSite, {})
  await plant.call(operations.applySite, {
    text: text.replace('timeZone: UTC', 'timeZone: Europe/Zurich'),
    fileName: 's',
  })
  await module.until(() => (bundles() > before ? true : undefined))
  await plant.service.idle()
  plant.clock.advance(-week)
  timers.fire(5_000)
  await module.until(() => (bundles() > before + 1 ? true : undefined))
  module.obedient = true
})

test('T87: a module that asks for the time without end leaves a bounded outbox', async () => {
  module.obedient = false
  const most = 256
  await plant.rows(
    `insert into outbox (tenant, site, module, type, version, key_version, sequence, envelope, created_at)
     select tenant, site, 'edge-a', 4, 0, 1, 1000000 + i, '\\x00', 0 from site, generate_series(1, ${most + 10}) as i`,
  )
  await module.health({ nonce: new Uint8Array(16) })
  await module.until(m => m.newest('command'))
  await plant.service.idle()
  expect(await plant.rows('select count(*)::int as n from outbox where type = 4')).toEqual([{ n: most }])
})
