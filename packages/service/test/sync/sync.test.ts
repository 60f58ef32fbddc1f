import { randomBytes } from 'node:crypto'
import { toHex } from '@edgeward/base'
import type { AuditRecord } from '@edgeward/domain'
import { openBundle } from '@edgeward/domain'
import { commitment, encodePayload, type Opening, sealEnvelope } from '@edgeward/keystore/seal'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import type { FakeModule } from '../support/fake-module.ts'
import { type Plant, plantFile, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
let gate: FakeModule

beforeAll(async () => {
  plant = await startPlant(server())
  gate = await plant.module('edge-gate')
})
afterAll(() => plant.stop())

const healthOf = async (id: string) => {
  const found = (await plant.call(operations.modules, {})).modules.find(module => module.id === id)
  if (found === undefined) throw new Error(`no module ${id}`)
  return found
}

const decision = (at: number, more: Partial<AuditRecord> = {}): AuditRecord => ({
  kind: 'decision',
  at,
  clockQuality: 'synchronised',
  simulated: true,
  asset: 'gate-main',
  side: 'in',
  function: 'open',
  decision: 'permit',
  by: 'finance-1',
  reasons: ['permitted'],
  obligations: ['unlock(8s)'],
  ...more,
})

/** Waits for the answer to what was just sent. */
const settled = async (module: FakeModule): Promise<void> => {
  await module.until(m => (m.newest('acknowledgement') === undefined ? undefined : true))
  await plant.service.idle()
}

const sendBatch = async (module: FakeModule, first: number, last: number): Promise<number | undefined> => {
  const before = module.received.length
  await module.sendBatch(first, last)
  const answer = await module.until(m => m.received.slice(before).find(({ type }) => type === 'acknowledgement'))
  await plant.service.idle()
  return answer.type === 'acknowledgement' ? answer.payload.acknowledged[0]?.version : undefined
}

test('a module that connects gets its bundle, which is its part of the site and nobody else', async () => {
  const { payload } = await gate.until(module => module.newest('policy-bundle'))
  const world = openBundle(payload.tables)
  expect(Object.keys(world.site.assets)).toEqual(['gate-main', 'gate-trucks'])
  expect(world.site.people).toEqual({})
  expect(Object.values(world.credentialStates ?? {}).sort()).toEqual(['revoked', 'suspended'])
  expect(payload).toMatchObject({ version: 1, epoch: 2, revocationVersion: 1 })
  await plant.service.idle()
  expect(await healthOf('edge-gate')).toMatchObject({
    link: 'connected',
    waiting: 0,
    bundle: { desired: 1, effective: 1 },
  })
})

test('a health with a nonce is answered by signed time that quotes it, and by the versions that are wanted', async () => {
  const nonce = Uint8Array.from(randomBytes(16))
  await gate.health({ nonce, time: gate.now - 3, clockQuality: 'drifting', freeRecords: 77 })
  const { payload } = await gate.until(module => module.newest('command'))
  expect(payload).toMatchObject({ verb: 'time', arguments: { nonce, time: gate.now } })
  const answer = await gate.until(module => module.newest('acknowledgement'))
  expect(answer.payload.acknowledged[0]).toMatchObject({ type: 'health', result: 'done' })
  expect(answer.payload.heads).toMatchObject({ bundle: 1, revocations: 1, keyPackage: 1 })
  expect(await healthOf('edge-gate')).toMatchObject({
    clock: { quality: 'drifting', offsetMs: -3000, at: '2026-11-24T10:00:00Z' },
    records: { free: 77 },
    lastContact: '2026-11-24T10:00:00Z',
  })
})

test('records are taken in once each, acknowledged, and shown with the names of today', async () => {
  const rows = (await plant.rows(
    `select p.reference, c.pseudonym from person p join credential c using (person) where person = 'cleo'`,
  )) as [{ reference: Buffer; pseudonym: Buffer }]
  const opening = (field: string, value: Uint8Array): Opening => ({
    field,
    salt: Uint8Array.from(randomBytes(16)),
    value: Uint8Array.from(value),
  })
  const person = opening('person', rows[0].reference)
  const credential = opening('credential', rows[0].pseudonym)
  const [current] = (await plant.rows('select digest from site_version')) as [{ digest: Buffer }]
  gate.record(
    decision(gate.now, {
      decisionId: '0123456789',
      person: commitment(person),
      credential: commitment(credential),
      factors: { pin: 'ok' },
      bundleVersion: 1,
      revocationVersion: 1,
      epoch: 2,
      documentEpoch: 2,
      siteDigest: Uint8Array.from(current.digest),
      trace: [{ what: 'schedule office-hours', value: 'holds' }],
    }),
    [person, credential],
  )
  gate.record(
    decision(gate.now, {
      decision: 'deny',
      reasons: ['factor-required(pin)', 'no-permission'],
      decisionId: 'ABCDEFGHJK',
    }),
  )
  expect(await sendBatch(gate, 1, 2)).toBe(2)
  expect(await sendBatch(gate, 1, 2)).toBe(2)
  expect(await plant.rows("select count(*)::int as n from record where module = 'edge-gate'")).toEqual([{ n: 2 }])
  const { events } = await plant.call(operations.events, { module: 'edge-gate' })
  expect(events.map(({ number }) => number)).toEqual([2, 1])
  expect(events[1]).toMatchObject({
    kind: 'decision',
    person: { id: 'cleo', name: 'Cleo Marti' },
    credential: 'c-1010',
    asset: { id: 'gate-main', name: 'Main gate and parking' },
    decision: 'permit',
    by: 'finance-1',
    factors: { pin: 'ok' },
    outcome: null,
  })
  expect(events[0]?.reasons).toEqual([
    { code: 'factor-required', parameter: 'pin', text: 'PIN needed' },
    { code: 'no-permission', parameter: null, text: 'No permission' },
  ])
  expect((await plant.call(operations.events, { person: 'cleo' })).events.map(({ decisionId }) => decisionId)).toEqual([
    '0123456789',
  ])
  expect((await plant.call(operations.events, { person: 'ada' })).events).toEqual([])
})

test('the decision card has the rule as it was then, its author, what came of it and what changed later', async () => {
  gate.record({
    kind: 'outcome',
    at: gate.now + 2,
    clockQuality: 'synchronised',
    simulated: true,
    decisionId: '0123456789',
    asset: 'gate-main',
    outcome: 'entered',
  })
  await sendBatch(gate, 3, 3)
  await plant.call(operations.applySite, {
    text: plantFile.replace(
      '{ id: finance-1, who: finance, on: [gate-main], may: open }',
      '{ id: finance-1, who: finance, on: [gate-main], may: open, when: { factors: [pin] } }',
    ),
    fileName: 'site.yaml',
  })
  const card = await plant.call(operations.decision, { id: '0123456789' })
  expect(card.rule).toMatchObject({
    id: 'finance-1',
    kind: 'permission',
    sentence: 'Finance may open on Main gate and parking',
    conditions: [],
    version: 1,
    author: `local:${process.getuid?.()}`,
  })
  expect(card.laterChanges).toMatchObject([{ change: 'changed', version: 2 }])
  expect(card.outcome).toEqual({ outcome: 'entered', at: '2026-11-24T10:00:02Z', number: 3 })
  expect(card.event.outcome).toBe('entered')
  expect(card.versions).toMatchObject({ site: 1, bundle: 1, epoch: 2 })
  expect(card.trace).toEqual([{ what: 'schedule office-hours', value: 'holds' }])
  expect(card.record).toMatchObject({ number: 1, signedByModule: true, head: toHex(gate.headAfter(1)) })
  await expect(plant.call(operations.decision, { id: 'ZZZZZZZZZZ' })).rejects.toMatchObject({ code: 'not-found' })
})

test('an erased opening leaves the record and takes the name', async () => {
  await plant.rows("delete from opening where field = 'person'")
  const { event } = await plant.call(operations.decision, { id: '0123456789' })
  expect(event).toMatchObject({ person: null, decision: 'permit' })
})

test('holes in the numbers are seen and asked for, and closed by what fills them', async () => {
  const start = gate.records.length
  for (let i = 0; i < 6; i++) gate.record(decision(gate.now + i))
  expect(await sendBatch(gate, start + 1, start + 2)).toBe(start + 2)
  expect(await sendBatch(gate, start + 5, start + 6)).toBe(start + 2)
  expect((await healthOf('edge-gate')).records).toMatchObject({
    last: start + 6,
    acknowledged: start + 2,
    gaps: [{ chainEpoch: 1, first: start + 3, last: start + 4 }],
  })
  expect(await sendBatch(gate, start + 3, start + 4)).toBe(start + 6)
  expect((await healthOf('edge-gate')).records).toMatchObject({ acknowledged: start + 6, gaps: [] })
})

test('T59: the same number with other bytes, a broken chain and a batch without signature are alarms and change nothing', async () => {
  const before = await plant.rows('select count(*)::int as n from leaf where true')
  const last = gate.records.length
  const records = [...gate.records]
  const alarms = async () => (await healthOf('edge-gate')).alarms.map(({ code }) => code)

  const altered = await gate.batch(last, last)
  const original = altered.records[0] as Uint8Array
  gate.records.pop()
  gate.record(decision(gate.now, { decision: 'deny' }))
  await gate.publish(await gate.seal('audit-batch', await gate.batch(last, last)))
  await settled(gate)
  expect(await alarms()).toContain('record-altered')
  expect(original).not.toEqual(gate.records.at(-1)?.record)
  gate.records.splice(0, gate.records.length, ...records)

  gate.record(decision(gate.now + 50))
  const good = await gate.batch(last + 1, last + 1)
  await gate.publish(await gate.seal('audit-batch', { ...good, headBefore: new Uint8Array(32) }))
  await gate.publish(await gate.seal('audit-batch', { ...good, mac: new Uint8Array(32) }))
  const forged = { ...(await gate.evidence()), signature: new Uint8Array(64) }
  await gate.publish(await gate.seal('audit-batch', good, { evidence: forged }))
  await gate.publish(await gate.seal('audit-batch', { ...good, records: [Uint8Array.of(0xa0)] }))
  await new Promise(resolve => setImmediate(resolve))
  await gate.health()
  await gate.until(m =>
    m.received.find(
      e => e.type === 'acknowledgement' && e.payload.acknowledged[0]?.type === 'health' && e.sequence > 9n,
    ),
  )
  await plant.service.idle()
  expect(await alarms()).toEqual(expect.arrayContaining(['batch-start', 'batch-mac', 'batch-not-signed-by-module']))
  expect(await sendBatch(gate, last + 1, last + 1)).toBe(last + 1)
  const [{ n }] = (await plant.rows("select count(*)::int as n from record where module = 'edge-gate'")) as [
    { n: number },
  ]
  expect(n).toBe(last + 1)
  expect(before).toHaveLength(1)
})

test('T27: altered, re-routed and reflected envelopes change nothing and are counted by reason', async () => {
  const before = await healthOf('edge-gate')
  const good = await gate.seal('health', {
    time: gate.now,
    clockQuality: 'untrusted',
    uptime: 1,
    heads: gate.heads,
    freeRecords: 1,
  })
  for (let i = 0; i < 24; i++) {
    const spoiled = Uint8Array.from(good)
    const at = Math.floor((good.length * i) / 24)
    spoiled[at] = (spoiled[at] as number) ^ (1 << (i % 8))
    await gate.publish(spoiled)
  }
  await gate.publish(new Uint8Array())
  await gate.publish(gate.bytes[0] as Uint8Array)
  await gate.health()
  await gate.until(() => (gate.received.length > 0 ? true : undefined))
  await waitFor(async () => (await healthOf('edge-gate')).refused.total >= before.refused.total + 26)
  const after = await healthOf('edge-gate')
  expect(after.refused.total).toBe(before.refused.total + 26)
  expect(after.refused.reasons.tag).toBeGreaterThan(0)
  expect(after.clock?.quality).toBe('synchronised')
})

test('T28: a health that was recorded and is sent again is stale', async () => {
  const old = await gate.seal('health', {
    time: gate.now,
    clockQuality: 'synchronised',
    uptime: 1,
    heads: gate.heads,
    freeRecords: 5,
  })
  await gate.publish(old)
  await waitFor(async () => (await healthOf('edge-gate')).records.free === 5)
  await gate.health({ freeRecords: 4 })
  await gate.publish(old)
  await waitFor(async () => ((await healthOf('edge-gate')).refused.reasons.stale ?? 0) === 1)
  expect((await healthOf('edge-gate')).records.free).toBe(4)
})

test('T33: an account hears and speaks on its own two topics, and nobody takes the session of another', async () => {
  const lab = await plant.module('edge-lab')
  await lab.until(module => module.newest('policy-bundle'))
  const url = `mqtt://127.0.0.1:${plant.service.mqttPort}`
  const options = {
    protocolVersion: 4 as const,
    username: lab.account,
    password: await lab.password(),
    reconnectPeriod: 0,
    connectTimeout: 2_000,
  }
  await lab.disconnect()
  const client = await connectAsync(url, { ...options, clientId: lab.account })
  const heard: string[] = []
  client.on('message', topic => heard.push(topic))
  for (const topic of [
    '#',
    '+/#',
    '$SYS/#',
    'edgeward/+/down',
    `edgeward/${gate.account}/down`,
    `edgeward/${gate.account}/up`,
  ]) {
    const granted = await client.subscribeAsync(topic, { qos: 1 }).catch(() => [{ topic, qos: 128 }])
    expect(
      granted.map(({ qos }) => qos),
      topic,
    ).toEqual([128])
  }
  await gate.health()
  await plant.service.idle()
  expect(heard).toEqual([])
  await closedBy(client, () => client.publish(`edgeward/${gate.account}/up`, 'x', { qos: 1 }))
  const refused: object[] = [
    { ...options, clientId: gate.account },
    { ...options, clientId: lab.account, username: gate.account },
    { ...options, clientId: lab.account, password: 'wrong' },
    {
      ...options,
      clientId: lab.account,
      will: { topic: `edgeward/${lab.account}/up`, payload: Buffer.from('x'), qos: 1, retain: false },
    },
    { ...options, clientId: '0011223344556677', username: '0011223344556677' },
    { clientId: 'anonymous', protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 2_000 },
  ]
  for (const wrong of refused) await expect(connectAsync(url, wrong), JSON.stringify(wrong)).rejects.toThrow()
  expect((await healthOf('edge-gate')).link).toBe('connected')
})

test('T33: what one module seals counts as its own, whatever topic it comes by', async () => {
  const office = await plant.module('edge-office')
  await office.until(module => module.newest('policy-bundle'))
  const foreign = await office.seal('health', {
    time: office.now,
    clockQuality: 'floor-only',
    uptime: 1,
    heads: office.heads,
    freeRecords: 9,
  })
  const before = await healthOf('edge-gate')
  await gate.publish(foreign)
  await waitFor(async () => (await healthOf('edge-office')).records.free === 9)
  expect((await healthOf('edge-gate')).clock).toEqual(before.clock)
  expect((await healthOf('edge-office')).clock?.quality).toBe('floor-only')
})

test('a packet that is longer than an envelope may be closes the connection before it is collected', async () => {
  const lab = await connectAsync(`mqtt://127.0.0.1:${plant.service.mqttPort}`, {
    protocolVersion: 4,
    clientId: gate.account,
    username: gate.account,
    password: await gate.password(),
    reconnectPeriod: 0,
  })
  await closedBy(lab, () => lab.publish(`edgeward/${gate.account}/up`, Buffer.alloc(1_100_000), { qos: 1 }))
  await gate.connect()
  expect((await healthOf('edge-gate')).link).toBe('connected')
})

test('an acknowledgement of what was never sent is an alarm', async () => {
  await gate.acknowledge({ type: 'policy-bundle', version: 1, sequence: 4_000n, result: 'done' })
  await waitFor(async () => (await healthOf('edge-gate')).alarms.some(({ code }) => code === 'acknowledged-never-sent'))
})

test('a module that has less in force than it had was rolled back: an alarm, and everything is sent again with its nonce', async () => {
  const nonce = Uint8Array.from(randomBytes(16))
  gate.heads = { keyPackage: 1 }
  await gate.health({ nonce })
  const again = await gate.until(module =>
    module.received.findLast(e => e.type === 'policy-bundle' && e.payload.nonce !== undefined),
  )
  expect(again.type === 'policy-bundle' && again.payload.nonce).toEqual(nonce)
  await waitFor(async () => (await healthOf('edge-gate')).alarms.some(({ code }) => code === 'rolled-back'))
})

test('while the network is cut nothing arrives and nothing is lost; afterwards everything comes', async () => {
  await plant.service.broker.stop()
  const { version } = await plant.call(operations.revoke, { person: 'udo', reason: 'left' })
  expect((await plant.call(operations.status, {})).broker.state).toBe('down')
  expect((await healthOf('edge-gate')).link).toBe('away')
  await plant.service.broker.start()
  await gate.disconnect()
  await gate.connect()
  await gate.until(({ heads }) => (heads.revocations === version ? true : undefined))
  const delta = gate.newest('revocation-delta')
  expect(delta?.payload.entries.map(({ action }) => action)).toContain('revoke')
  await plant.service.idle()
  expect((await healthOf('edge-gate')).revocations).toMatchObject({ desired: version, effective: version })
})

test('an envelope that was not acknowledged is repeated with the same bytes until something newer is meant', async () => {
  gate.obedient = false
  const { version } = await plant.call(operations.revoke, { person: 'tina', reason: 'left' })
  await gate.until(module => (module.newest('revocation-delta')?.payload.version === version ? true : undefined))
  const first = gate.bytes.at(gate.received.findLastIndex(({ type }) => type === 'revocation-delta')) as Uint8Array
  await plant.service.idle()
  const count = gate.received.filter(({ type }) => type === 'revocation-delta').length
  plant.clock.advance(31_000)
  await gate.health()
  await gate.until(m =>
    m.received.filter(({ type }) => type === 'revocation-delta').length > count ? true : undefined,
  )
  const second = gate.bytes.at(gate.received.findLastIndex(({ type }) => type === 'revocation-delta')) as Uint8Array
  expect(second).toEqual(first)
  const sequence = gate.newest('revocation-delta')?.sequence ?? 0n
  const next = await plant.call(operations.revoke, { person: 'sam', reason: 'left' })
  await gate.until(module => (module.newest('revocation-delta')?.payload.version === next.version ? true : undefined))
  expect(gate.newest('revocation-delta')?.sequence).toBe(sequence + 1n)
  expect(gate.newest('revocation-delta')?.payload.entries.length).toBeGreaterThan(1)
  gate.obedient = true
})

test('after a restart of the service the module goes on, with numbers that never go back', async () => {
  const sequence = gate.newest('acknowledgement')?.sequence ?? 0n
  await gate.disconnect()
  await plant.restart()
  await gate.connect()
  await gate.health()
  await gate.until(m => ((m.newest('acknowledgement')?.sequence ?? 0n) > sequence ? true : undefined))
  gate.record(decision(gate.now))
  expect(await sendBatch(gate, gate.records.length, gate.records.length)).toBe(gate.records.length)
  expect((await plant.call(operations.siteVersions, {})).versions).toHaveLength(2)
})

test('T27: an envelope sealed with the right key and evidence of another chain is refused', async () => {
  const { tenant, site, moduleParty, serviceParty } = gate.settings
  const payload = {
    time: gate.now,
    clockQuality: 'synchronised' as const,
    uptime: 1,
    heads: {},
    freeRecords: 3,
    evidence: { ...(await gate.evidence()), records: 999_999 },
  }
  const bytes = await sealEnvelope(gate.keyStore, {
    ...{ tenant, site, from: moduleParty, to: serviceParty, type: 'health', key: await gate.key('transport-up') },
    ...{ sequence: 1_000n, issued: gate.now, notAfter: null, payload: encodePayload('health', payload) },
  })
  const before = (await healthOf('edge-gate')).refused.reasons.signature ?? 0
  await gate.publish(bytes)
  await waitFor(async () => ((await healthOf('edge-gate')).refused.reasons.signature ?? 0) === before + 1)
  expect((await healthOf('edge-gate')).records.last).toBeLessThan(999_999)
})

async function closedBy(client: MqttClient, act: () => void): Promise<void> {
  client.on('error', () => undefined)
  const closed = new Promise<void>(resolve => client.once('close', () => resolve()))
  act()
  await closed
  await client.endAsync(true)
}

/** Lets the service work until something holds; the run's own limit ends it otherwise. */
async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await plant.service.idle()
}
