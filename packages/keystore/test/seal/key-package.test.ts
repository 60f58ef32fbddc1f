import { encodeCbor, Tagged } from '@edgeward/base'
import { beforeAll, expect, test } from 'vitest'
import { deriveModuleKey, type KeyHandle, type KeyPurpose, keyIdOf, sessionKey } from '../../src/index.ts'
import {
  acceptKeyPackage,
  encodePayload,
  type FirstKeyPackageChecks,
  type KeyPackage,
  openEnvelope,
  openFirstKeyPackage,
  partyId,
  sealEnvelope,
  signDocument,
  wrapKeyPackage,
} from '../../src/seal/index.ts'
import { createMemoryKeyStore } from '../../src/software/index.ts'
import {
  commission,
  draft,
  firstPackage,
  group,
  later,
  type Module,
  moduleReceiver,
  now,
  openService,
  type Service,
  scope,
  service,
  trusting,
} from './plant.ts'

let plant: Service
let pump: Module
beforeAll(async () => {
  plant = await openService()
  pump = await commission(plant, 'pump-house')
})

const checksOf = (at: Module, more: Partial<FirstKeyPackageChecks> = {}): FirstKeyPackageChecks => ({
  ...{ ...scope, me: at.id, service, signers: trusting(plant.siteCa), agreement: at.agreement, now },
  ...more,
})
const keysOf = async (at: Module): Promise<string[]> =>
  (await at.store.list()).map(({ keyId, version }) => `${keyId}/${version}`)

test('the first key package brings the keys that the service has, and both ends understand each other', async () => {
  expect(pump.taken.sequence).toBe(1n)
  expect(pump.taken.keys.map(({ purpose }) => purpose)).toEqual([
    'transport-down',
    'transport-up',
    'audit-mac',
    'mqtt',
    'credential',
  ])
  const of = (purpose: KeyPurpose): KeyHandle => pump.taken.keys.find(key => key.purpose === purpose) as KeyHandle
  const data = Uint8Array.of(1, 2, 3)
  expect(await pump.store.mac(of('audit-mac'), data)).toEqual(await plant.store.mac(pump.audit, data))
  const mqtt = keyIdOf({ site: scope.site, purpose: 'mqtt', subject: pump.id })
  expect(await pump.store.password(of('mqtt'))).toBe(
    await plant.store.password((await plant.store.find(mqtt)) as KeyHandle),
  )
})

test('no session key is left behind by sealing and opening', async () => {
  const bytes = await firstPackage(plant, pump.id, pump.agreement)
  await openFirstKeyPackage(pump.store, bytes, checksOf(pump))
  const bad = checksOf(pump, { agreement: (await commission(plant, 'shed')).agreement })
  await expect(openFirstKeyPackage(pump.store, bytes, bad)).rejects.toMatchObject({ code: 'key-not-found' })
  await expect(openFirstKeyPackage(pump.store, bytes, checksOf(pump, { taken: 1n }))).rejects.toMatchObject({
    code: 'stale',
  })
  const most = 1_024
  for (const { store } of [plant, pump]) {
    const fills = Array.from({ length: most }, () => store.generate(sessionKey('AES-256')))
    const filled = await Promise.all(fills)
    await expect(store.generate(sessionKey('AES-256'))).rejects.toMatchObject({ code: 'busy' })
    await Promise.all(filled.map(key => store.destroy(key)))
  }
})

test('the same package again after a crash changes nothing; one that was taken before is stale', async () => {
  const bytes = await firstPackage(plant, pump.id, pump.agreement)
  const before = await keysOf(pump)
  await openFirstKeyPackage(pump.store, bytes, checksOf(pump))
  expect(await keysOf(pump)).toEqual(before)
  await expect(openFirstKeyPackage(pump.store, bytes, checksOf(pump, { taken: 1n }))).rejects.toMatchObject({
    code: 'stale',
  })
})

test('a package for another module, site, signer, or after its end is refused and leaves no key', async () => {
  const fresh = await commission(plant, 'gate')
  const bytes = await firstPackage(plant, fresh.id, fresh.agreement, { version: 2 })
  const before = await keysOf(fresh)
  const cases: readonly (readonly [Partial<FirstKeyPackageChecks>, string])[] = [
    [{ me: pump.id }, 'receiver'],
    [{ service: pump.id }, 'sender'],
    [{ site: scope.tenant }, 'signature'],
    [{ signers: trusting(plant.issuer) }, 'key-unknown'],
    [{ signers: () => plant.issuer.publicKey }, 'signature'],
    [{ now: later + 1 }, 'expired'],
    [{ taken: 2n }, 'stale'],
  ]
  for (const [more, code] of cases) {
    await expect(openFirstKeyPackage(fresh.store, bytes, checksOf(fresh, more))).rejects.toMatchObject({ code })
  }
  const otherAgreement = { agreement: pump.agreement }
  await expect(openFirstKeyPackage(pump.store, bytes, checksOf(fresh, otherAgreement))).rejects.toMatchObject({
    code: 'tag',
  })
  expect(await keysOf(fresh)).toEqual(before)
  const taken = await openFirstKeyPackage(fresh.store, bytes, checksOf(fresh, { taken: 1n }))
  expect(taken.sequence).toBe(2n)
  expect((await fresh.store.find(taken.kek.keyId))?.version).toBe(2)
})

test('T27: no flipped bit of a first key package gives a key', async () => {
  const store = await createMemoryKeyStore()
  const id = partyId(scope.site, 'tower')
  const keyId = keyIdOf({ site: scope.site, purpose: 'module-agreement', subject: id })
  const agreement = await store.generate({ keyId, version: 1, purpose: 'module-agreement', algorithm: 'P-256' })
  const bytes = await firstPackage(plant, id, agreement)
  const checks = { ...scope, me: id, service, signers: trusting(plant.siteCa), agreement, now }
  for (let bit = 0; bit < 8 * bytes.length; bit += 13) {
    const bad = bytes.with(bit >> 3, (bytes[bit >> 3] as number) ^ (1 << (bit & 7)))
    await expect(openFirstKeyPackage(store, bad, checks)).rejects.toMatchObject({ name: 'EnvelopeRefused' })
  }
  expect(await store.list()).toEqual([agreement])
})

test('a signature of another kind by the CA is no first key package', async () => {
  const content = encodeCbor(new Tagged(96, []))
  const document = await signDocument(plant.store, {
    ...scope,
    label: 'edgeward/settings/1',
    signer: plant.siteCa,
    content,
  })
  await expect(openFirstKeyPackage(pump.store, document, checksOf(pump))).rejects.toMatchObject({ code: 'signature' })
  const signed = await signDocument(plant.store, {
    ...scope,
    label: 'edgeward/envelope/1',
    signer: plant.siteCa,
    content,
  })
  await expect(openFirstKeyPackage(pump.store, signed, checksOf(pump))).rejects.toMatchObject({ code: 'structure' })
})

test('a later key package brings a new version and destroys the old one, all or nothing', async () => {
  const spec = {
    keyId: keyIdOf({ site: scope.site, purpose: 'pin', subject: group }),
    purpose: 'pin',
    algorithm: 'AES-256',
    wrappable: true,
  } as const
  const [one, two] = [
    await plant.store.generate({ ...spec, version: 1 }),
    await plant.store.generate({ ...spec, version: 2 }),
  ]
  const accept = async (packaged: KeyPackage, sequence: bigint): Promise<readonly KeyHandle[]> => {
    const payload = encodePayload('key-package', packaged)
    const bytes = await sealEnvelope(
      plant.store,
      draft({ key: pump.down, type: 'key-package', to: pump.id, sequence, payload }),
    )
    const opened = await openEnvelope(pump.store, moduleReceiver(pump), bytes, { now })
    if (opened.type !== 'key-package') throw new Error(`a ${opened.type}`)
    return acceptKeyPackage(pump.store, pump.taken.kek, opened.payload)
  }
  const first = await wrapKeyPackage(plant.store, pump.kek, [{ key: one, notBefore: now }])
  expect(await accept({ keys: first }, 1n)).toEqual([one])
  const second = await wrapKeyPackage(plant.store, pump.kek, [
    { key: two, notBefore: now, replaces: 1, destroyVersions: [1] },
  ])
  const [entry] = second
  if (entry === undefined) throw new Error('no key')
  const broken = { ...entry, version: 3, wrapped: entry.wrapped.with(0, (entry.wrapped[0] as number) ^ 1) }
  const before = await keysOf(pump)
  await expect(accept({ keys: [...second, broken] }, 2n)).rejects.toMatchObject({ code: 'authentication-failed' })
  expect(await keysOf(pump)).toEqual(before)
  expect(await accept({ keys: second }, 3n)).toEqual([two])
  expect(await pump.store.find(spec.keyId, 1)).toBeUndefined()
  expect(await accept({ keys: second }, 4n)).toEqual([two])
})

test('R13: a transport key travels in no ordinary key package, and no package brings a key that is made in the module', async () => {
  const root = { root: plant.root, site: scope.site, module: pump.id, version: 2 }
  const down = await deriveModuleKey(plant.store, { ...root, purpose: 'transport-down' })
  await expect(wrapKeyPackage(plant.store, pump.kek, [{ key: down, notBefore: now }])).rejects.toMatchObject({
    code: 'not-allowed',
  })
  const wrapped = await plant.store.wrap(pump.kek, down)
  const kek = { keyId: pump.kek.keyId, version: 1 }
  for (const purpose of [
    'transport-down',
    'transport-up',
    'module-kek',
    'module-identity',
    'site-ca',
    'session',
    'card-master',
    '__proto__',
  ]) {
    const keys = [
      { keyId: down.keyId, version: 2, purpose, algorithm: 'AES-256', wrapped, kek, notBefore: now },
    ] as const
    await expect(acceptKeyPackage(pump.store, pump.taken.kek, { keys })).rejects.toMatchObject({ code: 'payload' })
  }
})
