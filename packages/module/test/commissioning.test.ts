import { SystemRandom } from '@edgeward/base'
import {
  decodeCommissioningPackage,
  encodeCommissioningPackage,
  readCommissioningRequest,
} from '@edgeward/keystore/commissioning'
import { afterEach, expect, test } from 'vitest'
import { createModule } from '../src/index.ts'
import { ada, openGate, Plant, start } from './harness/plant.ts'
import { FragileDatabase } from './harness/power-cut.ts'

let plant: Plant
afterEach(() => plant.remove())

test('a request names the keys of the module and is signed by its identity; six words stand for them', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const { request, fingerprint } = await plant.module.commissioningRequest()
  const statement = readCommissioningRequest(request)
  expect(statement).toMatchObject({ serial: 'edge-1', attestation: 'software' })
  expect(fingerprint.split(' ')).toHaveLength(6)
  const again = await plant.module.commissioningRequest()
  expect(again.fingerprint).toBe(fingerprint)
  expect(readCommissioningRequest(again.request).nonce).not.toEqual(statement.nonce)
  const forged = Uint8Array.from(request)
  forged[20] = (forged[20] ?? 0) ^ 1
  expect(() => readCommissioningRequest(forged)).toThrow()
})

test('a package with anything changed, for another module or for other keys is refused and leaves nothing', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const { request } = await plant.module.commissioningRequest()
  const good = await plant.service.commission('edge-1', request)
  const parts = decodeCommissioningPackage(good)
  const changed = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte))
  const other = decodeCommissioningPackage(await plant.service.commission('edge-9', request))
  for (const [what, bad] of [
    ['keys', encodeCommissioningPackage({ ...parts, firstKeyPackage: changed(parts.firstKeyPackage) })],
    ['settings', encodeCommissioningPackage({ ...parts, settings: changed(parts.settings) })],
    [
      'reader certificate',
      encodeCommissioningPackage({ ...parts, readerCertificate: changed(parts.readerCertificate) }),
    ],
    ['identity certificate', encodeCommissioningPackage({ ...parts, identityCertificate: parts.readerCertificate })],
    ['other module', encodeCommissioningPackage(other)],
    ['keys of another module', encodeCommissioningPackage({ ...parts, firstKeyPackage: other.firstKeyPackage })],
    ['junk', Uint8Array.of(1, 2, 3)],
  ] as const) {
    await expect(plant.module.acceptCommissioning(bad), what).rejects.toMatchObject({ code: 'bad-package' })
    expect(plant.module.status().commissioned, what).toBe(false)
  }
  await plant.module.acceptCommissioning(good)
  expect(plant.module.status().commissioned).toBe(true)
  await expect(plant.module.acceptCommissioning(good)).rejects.toMatchObject({ code: 'already-commissioned' })
  await expect(plant.module.commissioningRequest()).rejects.toMatchObject({ code: 'already-commissioned' })
})

test('a cut anywhere in the acceptance is made good at the next start, or by accepting again', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let cut = 1; cut <= 4; cut++) {
      let disk: FragileDatabase | undefined
      plant = await Plant.create({
        uncommissioned: true,
        wrapDatabase: db => {
          disk = new FragileDatabase(db)
          return disk
        },
      })
      const { request } = await plant.module.commissioningRequest()
      const package_ = await plant.service.commission('edge-1', request)
      Object.assign(disk ?? {}, { when, cutAt: (disk?.commits ?? 0) + cut })
      await plant.module.acceptCommissioning(package_).catch(() => undefined)
      Object.assign(disk ?? {}, { isCut: true })
      await plant.reopen()
      if (!plant.module.status().commissioned) await plant.module.acceptCommissioning(package_)
      plant.surroundings.link.up()
      await plant.settle()
      await plant.setTime()
      await plant.deliver(await plant.service.bundle('edge-1', plant.site))
      expect((await plant.tap(await plant.phone(ada), openGate)).display.decision, `${when} ${cut}`).toBe('permit')
      await plant.records()
      await plant.remove()
    }
  }
  plant = await Plant.create()
})

test('a module that leaves the site keeps no key and no record, and can join again with a new chain', async () => {
  plant = await Plant.create()
  await plant.tap(await plant.phone(ada), openGate)
  await plant.module.decommission()
  expect(plant.module.status()).toMatchObject({
    commissioned: false,
    records: { last: 0 },
    versions: { bundle: 0 },
    readers: [],
  })
  expect(await plant.keyStore.list()).toEqual([])
  await expect(plant.module.decommission()).rejects.toMatchObject({ code: 'not-commissioned' })
  await plant.reopen()
  plant.surroundings.link.sent.length = 0
  await plant.commission()
  const [first] = await plant.records()
  expect(first).toMatchObject({
    event: 'commissioned',
    detail: { chainEpoch: '2', headBefore: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
})

test('R12: production refuses simulated ports', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const options = {
    dataFolder: `${plant.folder}-production`,
    moduleId: 'edge-1',
    keyStore: plant.keyStore,
    random: { bytes: (count: number) => new Uint8Array(count) },
    timers: plant.surroundings.timers,
    log: { info: () => undefined, warn: () => undefined },
    production: true,
  }
  await expect(createModule({ ...options, ports: plant.surroundings.ports() })).rejects.toMatchObject({
    code: 'simulation-refused',
  })
})

test('one process at a time runs a folder', async () => {
  plant = await Plant.create({ uncommissioned: true })
  const second = createModule({
    dataFolder: plant.folder,
    moduleId: 'edge-1',
    ports: plant.surroundings.ports(),
    keyStore: plant.keyStore,
    random: new SystemRandom(),
    timers: plant.surroundings.timers,
    log: { info: () => undefined, warn: () => undefined },
  })
  await expect(second).rejects.toMatchObject({ code: 'folder-in-use' })
  expect(start).toBeGreaterThan(0)
})
