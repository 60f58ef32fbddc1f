import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeCommissioningPackage, encodeCommissioningPackage } from '@edgeward/keystore/commissioning'
import { afterEach, expect, test } from 'vitest'
import { type Database, openLibsql } from '../src/index.ts'
import { counter } from '../src/store/meta.ts'
import {
  acknowledgeRecords,
  freeRecords,
  insertRecord,
  keptAcknowledged,
  recordCapacity,
} from '../src/store/records.ts'
import { prepareSchema } from '../src/store/schema.ts'
import { MemoryField } from './harness/memory-field.ts'
import { ada, openGate, operate, Plant, start } from './harness/plant.ts'
import { siteOf, siteText } from './harness/test-site.ts'

let plant: Plant
afterEach(() => plant.remove())

const reasonsOf = async (phone: Awaited<ReturnType<Plant['phone']>>, selection = openGate) =>
  (await plant.tap(phone, selection)).record?.reasons
const lastResult = async () => {
  const last = (await plant.received('acknowledgement')).at(-1)
  return last?.type === 'acknowledgement' ? last.payload.acknowledged[0]?.result : undefined
}

test('T55: a package whose keys are not good leaves a module that starts again and can be commissioned', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const { request } = await plant.module.commissioningRequest()
  const good = await plant.service.commission('edge-1', request)
  const parts = decodeCommissioningPackage(good)
  const firstKeyPackage = parts.firstKeyPackage.map((byte, i) => (i === 200 ? byte ^ 1 : byte))
  const bad = encodeCommissioningPackage({ ...parts, firstKeyPackage })
  await expect(plant.module.acceptCommissioning(bad)).rejects.toMatchObject({ code: 'bad-package' })
  await plant.reopen()
  expect(plant.module.status().commissioned).toBe(false)
  await plant.module.acceptCommissioning(good)
  expect(plant.module.status().commissioned).toBe(true)
})

test('T28: an old acknowledgement of records, replayed after a restart, takes nothing back', async () => {
  plant = await Plant.create()
  const entry = { type: 'audit-batch', version: 1, sequence: 1n, result: 'done' } as const
  const old = await plant.service.seal('edge-1', 'acknowledgement', { acknowledged: [entry] })
  plant.surroundings.advance(1_000)
  await plant.tap(await plant.phone(ada), openGate)
  await plant.records()
  const { acknowledged } = plant.module.status().records
  expect(acknowledged).toBeGreaterThan(1)
  await plant.reopen()
  await plant.deliver(old)
  expect(plant.module.status().records.acknowledged).toBe(acknowledged)
})

test('a suspension that has an end does not end the one that a bundle brings afterwards', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const entries = [{ credential: plant.service.credential('c-1'), action: 'suspend', until: start + 3_600 }] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }))
  const states = { 'c-1': 'suspended' } as const
  await plant.deliver(
    await plant.service.bundle('edge-1', plant.site, { version: 2, epoch: 2, revocationVersion: 2, states }),
  )
  plant.surroundings.advance(3_601_000)
  expect(await reasonsOf(phone)).toEqual(['suspended'])
})

test('a bundle that knows less does not take the end from a suspension', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const entries = [{ credential: plant.service.credential('c-1'), action: 'suspend', until: start + 3_600 }] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }))
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 2 }))
  expect(await reasonsOf(phone)).toEqual(['suspended'])
  plant.surroundings.advance(3_601_000)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
})

test('T30: other bytes under a number that took effect are not acknowledged as if they had', async () => {
  plant = await Plant.create()
  const closed = siteOf(siteText.replace('who: [operator, cleaning], on: gate', 'who: cleaning, on: gate'))
  const payload = { epoch: 1, revocationVersion: 0, notBefore: start, notAfter: start + 86_400 }
  const bundle = (version: number, site = plant.site) =>
    plant.service.sealAs('edge-1', 'policy-bundle', 2n, {
      ...payload,
      version,
      tables: plant.service.bundleOf(site, 'edge-1'),
      siteDigest: new Uint8Array(32).fill(version),
    })
  await plant.deliver(await bundle(2))
  expect(await lastResult()).toBe('done')
  // A service that was restored counts from behind: its next bundle has a number that was used.
  await plant.deliver(await bundle(3, closed))
  expect(plant.module.status().versions.bundle).toBe(2)
  expect(await lastResult()).toBe('refused')
  await plant.deliver(await bundle(2))
  expect(await lastResult()).toBe('done')
  const delta = (version: number) =>
    plant.service.sealAs('edge-1', 'revocation-delta', 1n, {
      base: 0,
      version,
      entries: [{ credential: plant.service.credential('c-1'), action: 'revoke', until: null }],
    })
  await plant.deliver(await delta(1))
  expect(await lastResult()).toBe('done')
  await plant.deliver(await delta(2))
  expect(await lastResult()).toBe('refused')
})

test('T25: a key store that fails or hangs while the document is read or the reader signs: denied, recorded for what was asked', async () => {
  let fault: 'throws' | 'hangs' | undefined
  let at: 'open' | 'sign' = 'open'
  plant = await Plant.create({
    wrapKeyStore(store) {
      const broken = async (operation: typeof at, purpose: string): Promise<void> => {
        const mine = operation === at && purpose === (at === 'open' ? 'credential' : 'reader-identity')
        if (mine && fault === 'throws') throw Object.assign(new Error('gone'), { code: 'token-gone' })
        if (mine && fault === 'hangs') await new Promise(() => undefined)
      }
      return Object.assign(Object.create(store) as typeof store, {
        together: store.together.bind(store),
        find: store.find.bind(store),
        list: store.list.bind(store),
        generate: store.generate.bind(store),
        random: store.random.bind(store),
        mac: store.mac.bind(store),
        seal: store.seal.bind(store),
        unwrap: store.unwrap.bind(store),
        agree: store.agree.bind(store),
        destroy: store.destroy.bind(store),
        password: store.password.bind(store),
        open: async (...of: Parameters<typeof store.open>) => {
          await broken('open', of[0].purpose)
          return store.open(...of)
        },
        sign: async (...of: Parameters<typeof store.sign>) => {
          await broken('sign', of[0].purpose)
          return store.sign(...of)
        },
      })
    },
  })
  const phone = await plant.phone(ada)
  for (at of ['open', 'sign'] as const) {
    for (fault of ['throws', 'hangs'] as const) {
      const tap = plant.tapWithoutSettling(phone, operate('2580'))
      for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
      plant.surroundings.timers.advance(2_001)
      const { display, record } = await tap
      expect(display, `${at} ${fault}`).toMatchObject({ decision: 'deny', family: 'module' })
      expect(record, `${at} ${fault}`).toMatchObject({
        reasons: ['internal-error'],
        asset: 'press',
        function: 'operate',
      })
      fault = undefined
      await plant.settle()
      expect(await reasonsOf(phone, operate('2580')), `after ${at}`).toEqual(['permitted'])
    }
  }
})

test('T25: a key store that hangs over a key package holds nobody at the readers', async () => {
  let hangs = false
  plant = await Plant.create({
    wrapKeyStore: store =>
      new Proxy(store, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target)
          if (typeof member !== 'function') return member
          return (...of: readonly unknown[]) =>
            hangs && name === 'together' ? new Promise(() => undefined) : member.apply(target, of)
        },
      }),
  })
  const phone = await plant.phone(ada)
  const envelope = await plant.service.keyPackage('edge-1')
  hangs = true
  plant.surroundings.link.deliver(envelope)
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
  const tap = plant.tapWithoutSettling(phone, openGate)
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
  plant.surroundings.timers.advance(2_001)
  expect((await tap).display.decision).toBe('permit')
  hangs = false
  await plant.settle()
  expect(await lastResult()).toBe('key-store')
  await plant.deliver(envelope)
  expect(await lastResult()).toBe('done')
})

test('T64: a clock that was turned while the module was off is in the record, too', async () => {
  plant = await Plant.create()
  plant.surroundings.wall.advance(-8 * 86_400_000)
  await plant.reopen()
  await plant.settle()
  const faults = (await plant.records()).filter(({ event }) => event === 'clock-not-believed')
  expect(faults.map(({ detail }) => detail)).toEqual([{ fault: 'back', byS: '691200' }])
})

test('T56: what a module knew of people is not on its disk any more once it has left the site', async () => {
  plant = await Plant.create()
  const onDisk = (what: string): boolean =>
    readdirSync(plant.folder)
      .filter(name => name.startsWith('store.db'))
      .some(name => readFileSync(join(plant.folder, name)).includes(what))
  await plant.tap(await plant.phone(ada), openGate)
  const reference = Buffer.from(plant.service.person('ada')).toString()
  expect(onDisk(reference)).toBe(true)
  await plant.module.decommission()
  expect(onDisk(reference)).toBe(false)
})

test('T62: denials and junk at a full store leave room for the end of what goes on', async () => {
  let disk: Database | undefined
  plant = await Plant.create({ wrapDatabase: db => (disk = db) })
  const phone = await plant.phone(ada)
  expect(await reasonsOf(phone, operate('2580'))).toEqual(['permitted'])
  await plant.records()
  const { last } = plant.module.status().records
  plant.surroundings.link.down()
  disk?.run("UPDATE meta SET value = ? WHERE name = 'lastAcknowledged'", last - 100_000 + 3)
  for (let i = 0; i < 5; i++) await plant.tap(phone, openGate)
  for (let i = 0; i < 5; i++) await plant.deliver(Uint8Array.of(i))
  expect(plant.module.status().records.free).toBe(1)
  plant.surroundings.report?.('session-ended')
  await plant.settle()
  disk?.run("UPDATE meta SET value = ? WHERE name = 'lastAcknowledged'", last)
  plant.surroundings.link.up()
  await plant.settle()
  expect((await plant.records()).at(-1)).toMatchObject({ kind: 'outcome', outcome: 'session-ended' })
})

test('T25: a carrier that breaks in an unknown way behind the decision makes no second decision of it', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  let breaks = false
  plant.surroundings.onMove = () => {
    breaks = true
  }
  const field = new (class extends MemoryField {
    override exchange(command: Uint8Array): Promise<Uint8Array> {
      return breaks ? Promise.reject(new Error('a bug of the carrier')) : super.exchange(command)
    }
  })()
  const { display } = await plant.tap(phone, openGate, { field })
  expect(display.decision).toBe('permit')
  const decisions = (await plant.records()).filter(({ kind }) => kind === 'decision')
  expect(decisions.map(({ decision }) => decision)).toEqual(['permit'])
})

test('T55: a module that comes anew to a site begins a chain that the service has not seen', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const { request } = await plant.module.commissioningRequest()
  await plant.module.acceptCommissioning(await plant.service.commission('edge-1', request, { keyVersion: 3 }))
  plant.surroundings.link.up()
  await plant.settle()
  const batch = (await plant.received('audit-batch')).at(-1)
  expect(batch?.type === 'audit-batch' ? batch.payload.chainEpoch : 0).toBe(3)
})

test('T62: a phone without a mailbox has a bad proof, and many of them fill no disk', async () => {
  plant = await Plant.create()
  const stranger = await plant.phone()
  const before = plant.module.status().records.last
  const first = await plant.tap(stranger, operate('2580'), { mailbox: new Uint8Array() })
  expect(first.record).toMatchObject({ reasons: ['bad-proof'], asset: 'press', function: 'operate' })
  expect(first.record?.trace).toContainEqual({ what: 'proof', value: 'mailbox: mailbox-refused' })
  // At three readers, so that none of them rests.
  const readers = ['gate', 'gate-out', 'press']
  for (let i = 0; i < 20; i++)
    await plant.tap(stranger, openGate, { reader: readers[i % 3] ?? '', mailbox: new Uint8Array(), settle: false })
  expect(plant.module.status().records.last).toBe(before + 10)
})

test('T28: an acknowledgement of less than is still kept goes back no further than the records that are', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const db = await openLibsql(':memory:')
  prepareSchema(db)
  const [none, last] = [new Uint8Array(), keptAcknowledged + 3]
  db.transaction(() => {
    for (let number = 1; number <= last; number++) insertRecord(db, { number, bytes: none, head: none })
    acknowledgeRecords(db, last)
  })
  acknowledgeRecords(db, 1)
  // Records 1 to 3 are gone: record 4 is the first whose head is known.
  expect(counter(db, 'lastAcknowledged')).toBe(4)
  expect(freeRecords(db)).toBe(recordCapacity - (last - 4))
  db.close()
})
