import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { ada, ben, coco, openGate, Plant, start } from './harness/plant.ts'
import { siteOf, siteText } from './harness/test-site.ts'

let plant: Plant
afterEach(() => plant.remove())

const status = () => plant.module.status()
const acknowledgements = async () =>
  (await plant.received('acknowledgement')).flatMap(each =>
    each.type === 'acknowledgement' ? each.payload.acknowledged : [],
  )
const results = async () => (await acknowledgements()).map(({ type, result }) => `${type} ${result}`)
const reasonsOf = async (phone: Awaited<ReturnType<Plant['phone']>>, selection = openGate) =>
  (await plant.tap(phone, selection)).record?.reasons

test('a commissioned module asks for the time, gets its bundle, and acknowledges all of it with evidence', async () => {
  plant = await Plant.create()
  expect(await results()).toEqual(['key-package done', 'command done', 'policy-bundle done'])
  expect(status()).toMatchObject({
    commissioned: true,
    versions: { bundle: 1, keys: 1, epoch: 1 },
    link: 'up',
    home: 'software',
  })
  expect(status().clock).toMatchObject({ quality: 'synchronised (simulated)', simulated: true })
  expect(status().readers).toEqual([
    { reader: 'gate', asset: 'gate', side: 'in' },
    { reader: 'gate-out', asset: 'gate', side: 'out' },
    { reader: 'press', asset: 'press', side: 'in' },
    { reader: 'vault', asset: 'vault', side: 'in' },
    { reader: 'vault-out', asset: 'vault', side: 'out' },
  ])
})

test('T28: a bundle that comes again changes nothing and is acknowledged as before; an older one is refused', async () => {
  plant = await Plant.create()
  const closed = siteOf(siteText.replace('who: [operator, cleaning], on: gate', 'who: cleaning, on: gate'))
  const [old, current] = [
    await plant.service.bundle('edge-1', plant.site, { version: 2 }),
    await plant.service.bundle('edge-1', closed, { version: 3 }),
  ]
  await plant.deliver(current)
  await plant.deliver(current)
  await plant.deliver(old)
  expect(status().versions.bundle).toBe(3)
  expect((await results()).slice(-3)).toEqual(['policy-bundle done', 'policy-bundle done', 'policy-bundle refused'])
  expect(await reasonsOf(await plant.phone(ada))).toEqual(['no-permission'])
  expect(status().refusedEnvelopes).toBe(1)
})

test('a bundle of a lower epoch, for another module or of an unknown format is refused', async () => {
  plant = await Plant.create()
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 2, epoch: 5 }))
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 3, epoch: 4 }))
  expect(status().versions).toMatchObject({ bundle: 2, epoch: 5 })
  const payload = {
    epoch: 6,
    version: 9,
    revocationVersion: 0,
    notBefore: start,
    notAfter: start + 60,
    siteDigest: new Uint8Array(32),
  }
  for (const tables of [plant.service.bundleOf(plant.site, 'edge-2'), Uint8Array.of(0, 99), new Uint8Array()]) {
    await plant.deliver(await plant.service.seal('edge-1', 'policy-bundle', { ...payload, tables }))
  }
  expect(status().versions.bundle).toBe(2)
  expect((await results()).slice(-4)).toEqual(Array(4).fill('policy-bundle refused'))
})

test('a revocation takes effect at the next tap, and stays when a bundle follows that does not know of it', async () => {
  plant = await Plant.create()
  const [ada1, ben1] = [await plant.phone(ada), await plant.phone(ben)]
  expect(await reasonsOf(ada1)).toEqual(['permitted'])
  const entries = [
    { credential: plant.service.credential('c-1'), action: 'revoke', until: null },
    { credential: plant.service.credential('c-2'), action: 'suspend', until: null },
  ] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 4, entries }))
  expect(status().versions.revocations).toBe(4)
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 2, revocationVersion: 0 }))
  expect(await reasonsOf(ada1)).toEqual(['revoked'])
  expect(await reasonsOf(ben1)).toEqual(['suspended'])
  const restore = [{ credential: plant.service.credential('c-2'), action: 'restore', until: null }] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 4, version: 5, entries: restore }))
  expect(await reasonsOf(ben1)).toEqual(['permitted'])
})

test('a delta that begins above what is known is answered as base-mismatch and changes nothing', async () => {
  plant = await Plant.create()
  const entries = [{ credential: plant.service.credential('c-1'), action: 'revoke', until: null }] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 3, version: 4, entries }))
  expect((await results()).at(-1)).toBe('revocation-delta base-mismatch')
  expect(status().versions.revocations).toBe(0)
  expect(await reasonsOf(await plant.phone(ada))).toEqual(['permitted'])
})

test('a suspension with an end ends by itself', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const entries = [{ credential: plant.service.credential('c-1'), action: 'suspend', until: start + 3_600 }] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }))
  expect(await reasonsOf(phone)).toEqual(['suspended'])
  plant.surroundings.advance(3_601_000)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
})

test('R10: a lockdown shuts, survives a restart, and ends by itself; lifting it opens at once', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const lockdown = async (active: boolean, notAfter?: number) =>
    plant.deliver(
      await plant.service.command('edge-1', 'lockdown', { on: 'site', active }, { ...(notAfter && { notAfter }) }),
    )
  await lockdown(true, start + 7_200)
  await plant.reopen()
  expect(await reasonsOf(phone)).toEqual(['lockdown'])
  plant.surroundings.advance(7_201_000)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
  plant.surroundings.link.up()
  await lockdown(true)
  expect(await reasonsOf(phone)).toEqual(['lockdown'])
  await lockdown(false)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
})

test('a command acts once, however often and under which number it comes', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const id = new Uint8Array(16).fill(3)
  const on = { on: { asset: 'gate' }, active: true }
  await plant.deliver(await plant.service.command('edge-1', 'lockdown', on, { id }))
  await plant.deliver(await plant.service.command('edge-1', 'lockdown', { ...on, active: false }))
  await plant.deliver(await plant.service.command('edge-1', 'lockdown', on, { id }))
  expect((await results()).slice(-3)).toEqual(Array(3).fill('command done'))
  expect(await reasonsOf(phone)).toEqual(['permitted'])
})

test('a command that is over, has an unknown verb or wrong arguments is refused', async () => {
  plant = await Plant.create()
  await plant.deliver(await plant.service.command('edge-1', 'remote-grant', {}))
  await plant.deliver(await plant.service.command('edge-1', 'lockdown', { on: { shelf: 'x' }, active: true }))
  await plant.deliver(await plant.service.command('edge-1', 'order', { order: 'o', state: 'half' }))
  const late = await plant.service.command('edge-1', 'lockdown', { on: 'site', active: true }, { notAfter: start + 60 })
  plant.surroundings.advance(120_000)
  await plant.deliver(late)
  expect((await results()).slice(-4)).toEqual([
    'command refused',
    'command refused',
    'command refused',
    'command expired',
  ])
  expect(await reasonsOf(await plant.phone(ada))).toEqual(['permitted'])
})

test('a key package brings a new version of a key, and comes twice without harm', async () => {
  plant = await Plant.create()
  const keys = await plant.service.keyPackage('edge-1')
  await plant.deliver(keys)
  await plant.deliver(keys)
  expect((await results()).slice(-2)).toEqual(['key-package done', 'key-package done'])
  expect(
    (await plant.keyStore.list()).filter(({ purpose }) => purpose === 'pin').map(({ version }) => version),
  ).toEqual([1, 2])
})

test('T27: an envelope with any bit flipped is refused, counted, and changes nothing', async () => {
  plant = await Plant.create()
  const bundle = await plant.service.bundle('edge-1', plant.site, { version: 2 })
  const positions = fc.array(fc.integer({ min: 0, max: bundle.length * 8 - 1 }), { minLength: 1, maxLength: 1 })
  let tried = 0
  await fc.assert(
    fc.asyncProperty(positions, async ([bit = 0]) => {
      const flipped = Uint8Array.from(bundle)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      plant.surroundings.link.deliver(flipped)
      await plant.module.idle()
      tried += 1
      expect(status()).toMatchObject({ versions: { bundle: 1 }, refusedEnvelopes: tried })
    }),
    { numRuns: 60, endOnFailure: true },
  )
  await plant.deliver(bundle)
  expect(status().versions.bundle).toBe(2)
})

test('T27: what the module sent itself and what is for another module is refused', async () => {
  plant = await Plant.create()
  await plant.service.commission(
    'edge-2',
    (await (await Plant.create({ uncommissioned: true, seed: 50 })).module.commissioningRequest()).request,
  )
  const own = plant.surroundings.link.sent.at(-1) ?? new Uint8Array()
  await plant.deliver(own)
  await plant.deliver(await plant.service.bundle('edge-2', plant.site, { version: 7 }))
  expect(status()).toMatchObject({ versions: { bundle: 1 }, refusedEnvelopes: 2 })
})

test('records leave in batches with chain, MAC and signature, and are free once acknowledged', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  for (let i = 0; i < 5; i++) await plant.tap(phone, openGate)
  const records = await plant.records()
  expect(records.filter(({ kind }) => kind === 'decision')).toHaveLength(5)
  expect(records.filter(({ kind }) => kind === 'outcome')).toHaveLength(5)
  expect(records.map(({ event }) => event).filter(event => event !== undefined)).toEqual([
    'commissioned',
    'started',
    'clock-set',
    'bundle-applied',
  ])
  const { last, acknowledged } = status().records
  expect(acknowledged).toBe(last)
  expect(status().records.free).toBe(100_000)
})

test('what the service misses is sent again, and only from there', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  await plant.tap(phone, openGate)
  await plant.records()
  plant.surroundings.advance(1_000)
  const entry = { type: 'audit-batch', version: 2, sequence: 1n, result: 'done' } as const
  const before = (await plant.received('audit-batch')).length
  await plant.deliver(await plant.service.seal('edge-1', 'acknowledgement', { acknowledged: [entry] }))
  const again = (await plant.received('audit-batch')).slice(before)
  expect(again.map(each => (each.type === 'audit-batch' ? each.payload.first : 0))).toEqual([3])
})

test('an acknowledgement of records that do not exist is refused', async () => {
  plant = await Plant.create()
  const entry = { type: 'audit-batch', version: 5_000, sequence: 1n, result: 'done' } as const
  await plant.deliver(await plant.service.seal('edge-1', 'acknowledgement', { acknowledged: [entry] }))
  expect(status().records.acknowledged).toBe(0)
  expect(status().refusedEnvelopes).toBe(1)
})

test('a batch without an answer goes out again, later each time', async () => {
  plant = await Plant.create()
  const count = async () => (await plant.received('audit-batch')).length
  await plant.settle()
  const first = await count()
  plant.surroundings.advance(10_100)
  await plant.settle()
  expect(await count()).toBe(first + 1)
  plant.surroundings.advance(10_100)
  await plant.settle()
  expect(await count()).toBe(first + 1)
  plant.surroundings.advance(10_100)
  await plant.settle()
  expect(await count()).toBe(first + 2)
})

test('health comes at the connection, every minute and when versions change, and names what is in force', async () => {
  plant = await Plant.create()
  const healths = await plant.received('health')
  expect(
    healths.map(each => each.type === 'health' && [each.payload.heads.bundle, each.payload.nonce !== undefined]),
  ).toEqual([
    [undefined, true],
    [1, false],
  ])
  plant.surroundings.advance(60_000)
  await plant.settle()
  const [last] = (await plant.received('health')).slice(-1)
  if (last?.type !== 'health') throw new Error('no health')
  expect(last.payload).toMatchObject({
    clockQuality: 'synchronised',
    uptime: 60,
    freeRecords: 99_996,
    heads: { bundle: 1, revocations: 0, keyPackage: 1 },
  })
  expect(last.payload.highest?.get('policy-bundle')).toEqual({ version: 1, sequence: 1n })
})

test('what was sent while the link was down goes out when it is back', async () => {
  plant = await Plant.create()
  await plant.records()
  plant.surroundings.link.down()
  await plant.tap(await plant.phone(ada), openGate)
  await plant.tap(await plant.phone(coco), openGate)
  plant.surroundings.link.up()
  const records = await plant.records()
  expect(records.slice(-4).map(({ kind }) => kind)).toEqual(['decision', 'outcome', 'decision', 'outcome'])
})

test('T82: with a network that never answers every tap is decided all the same', async () => {
  plant = await Plant.create()
  plant.surroundings.link.hangs = true
  const phone = await plant.phone(ada)
  plant.surroundings.next = openGate
  plant.surroundings.timers.advance(60_000)
  const { display } = await plant.tapWithoutSettling(phone, openGate)
  expect(display.decision).toBe('permit')
})

test('T66: autonomy counts from when the service last spoke, and ends', async () => {
  plant = await Plant.create()
  plant.surroundings.link.down()
  const phone = await plant.phone({ ...ada, notAfter: start + 90 * 86_400 })
  plant.surroundings.advance(29 * 86_400_000)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
  plant.surroundings.advance(2 * 86_400_000)
  expect(await reasonsOf(phone)).toContain('autonomy-exceeded')
})

test('R6: whoever carries a higher epoch tells the module that it is behind', async () => {
  plant = await Plant.create()
  expect(status().behind).toBe(false)
  await plant.tap(await plant.phone({ ...ada, epoch: 3 }), openGate)
  expect(status().behind).toBe(true)
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 2, epoch: 3 }))
  expect(status().behind).toBe(false)
})
