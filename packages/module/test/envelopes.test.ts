/** What whoever carries envelopes can do to them, at a whole module: nothing of its store changes but a count. */
import { fromHex, toHex } from '@edgeward/base'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Database } from '../src/index.ts'
import { refusalsPerMinute } from '../src/refusal-window.ts'
import { badEnvelopes, badPayloads, fieldsOf, withField } from './harness/bad-envelopes.ts'
import { oneOfEach } from './harness/one-of-each.ts'
import { endsOfOrders } from './harness/orders.ts'
import { ada, ben, openGate, type Phone, Plant, start } from './harness/plant.ts'
import { storeContents } from './harness/store-digest.ts'

let plant: Plant
let db: Database
afterEach(() => plant.remove())

/** A module whose disk need not survive a power cut, which is not the question here. */
async function create(seed = 1): Promise<Plant> {
  return Plant.create({
    seed,
    wrapDatabase: opened => {
      db = opened
      db.run('PRAGMA synchronous = OFF')
      return opened
    },
  })
}

const refused = (): number => plant.module.status().refusedEnvelopes
const reasons = (): readonly string[] =>
  plant.warnings.flatMap(line => line.match(/^envelope-refused \{"reason":"([^"]+)"/)?.slice(1) ?? [])

/**
 * From here on a refusal has no record of its own any more, and nothing goes out: what the store says must stay the same
 * to the letter.
 */
async function quiet(): Promise<string> {
  await plant.records()
  plant.surroundings.link.down()
  for (let i = 0; i <= refusalsPerMinute; i++) await hand(Uint8Array.of(i))
  return storeContents(db)
}

async function hand(bytes: Uint8Array): Promise<void> {
  plant.surroundings.link.deliver(bytes)
  await plant.module.idle()
}

test('T27: with a bit flipped anywhere an envelope of any type changes nothing', async () => {
  plant = await create()
  const good = await oneOfEach(plant)
  const before = await quiet()
  const count = refused()
  const sent = plant.surroundings.link.sent.length
  let tried = 0
  for (const envelope of Object.values(good)) {
    const [bits, head, tag] = [8 * envelope.length, 8 * 80, 8 * 16]
    const between = Array.from({ length: 40 }, (_, i) => head + Math.floor(((bits - head - tag) * i) / 40))
    // A third of the bits, three of each byte: all of them are flipped where only the opening is tried.
    const ends = Array.from({ length: (head + tag) / 3 }, (_, i) => (3 * i < head ? 3 * i : bits - 1 - (3 * i - head)))
    for (const bit of [...ends, ...between]) {
      await hand(envelope.with(bit >> 3, (envelope[bit >> 3] as number) ^ (1 << (bit & 7))))
      tried += 1
    }
  }
  expect(refused()).toBe(count + tried)
  expect(storeContents(db)).toBe(before)
  expect(plant.surroundings.link.sent).toHaveLength(sent)
  // The true ones are as good as ever, and the document is nothing that comes over a network.
  for (const envelope of Object.values(good)) await hand(envelope)
  expect(refused()).toBe(count + tried + 1)
  expect(reasons().at(-1)).toBe('type')
})

test('T27: with any field of its header exchanged, sent back or meant for others, an envelope changes nothing', async () => {
  plant = await create()
  const own = plant.surroundings.link.sent.slice(-3)
  const other = await Plant.create({ uncommissioned: true, seed: 50 })
  await plant.service.commission('edge-2', (await other.module.commissioningRequest()).request)
  await other.remove()
  const elsewhere = await Plant.create({ seed: 70 })
  const bad = [
    ...own,
    await plant.service.bundle('edge-2', plant.site, { version: 7 }),
    await plant.service.command('edge-2', 'lockdown', { on: 'site', active: true }),
    ...Object.values(await oneOfEach(elsewhere)),
  ]
  await elsewhere.remove()
  const good = await oneOfEach(plant)
  const types = [1, 2, 3, 4, 5, 6, 7, 8]
  for (const [name, envelope] of Object.entries(good)) {
    const [, type, direction, from, to, sequence, issued, notAfter] = fieldsOf(envelope)
    const exchanged = [
      ...types.filter(one => one !== type).map(one => withField(envelope, 1, one)),
      // An acknowledgement that is presented as a command, with an end such as commands have.
      ...types.filter(one => one !== type).map(one => withField(withField(envelope, 1, one), 7, start + 60)),
      ...[1, 2, 3].filter(one => one !== direction).map(one => withField(envelope, 2, one)),
      withField(envelope, 3, to ?? null),
      withField(envelope, 4, from ?? null),
      withField(envelope, 5, Number(sequence) + 1),
      withField(envelope, 6, Number(issued) - 1),
      withField(envelope, 7, notAfter === null ? start + 60 : Number(notAfter) + 1),
    ]
    expect(exchanged.length, name).toBeGreaterThan(19)
    bad.push(...exchanged)
  }
  const before = await quiet()
  const count = refused()
  const sent = plant.surroundings.link.sent.length
  for (const envelope of bad) await hand(envelope)
  expect(refused()).toBe(count + bad.length)
  expect(storeContents(db)).toBe(before)
  expect(plant.surroundings.link.sent).toHaveLength(sent)
})

test('T27: an envelope that is out of date is answered as such, for whoever sealed it, and changes nothing', async () => {
  plant = await create()
  const { bundle, delta, keys, command } = await oneOfEach(plant)
  plant.surroundings.advance(31 * 86_400_000)
  // Newer than all of them: the floor of the clock, which alone says what is over.
  const nonce = new Uint8Array(16)
  await plant.deliver(await plant.service.command('edge-1', 'time', { nonce, time: start + 31 * 86_400 }))
  const before = await quiet()
  const count = refused()
  for (const envelope of [bundle, delta, keys, command]) await hand(envelope)
  expect(refused()).toBe(count + 4)
  expect(reasons().slice(-4)).toEqual(Array(4).fill('expired'))
  expect(storeContents(db)).toBe(before)
})

test('T31: bad envelopes are refused for the reason that each has, before memory is taken for what they claim', async () => {
  plant = await create()
  const bad = badEnvelopes(await plant.service.command('edge-1', 'lockdown', { on: 'site', active: true }))
  expect(bad.length).toBeGreaterThan(40)
  const before = await quiet()
  const memory = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const wrong: string[] = []
  for (const { what, bytes, reason } of bad) {
    const [seen, used] = [reasons().length, memory()]
    await hand(bytes)
    if (memory() - used > 32 * 1_048_576) wrong.push(`${what}: took ${memory() - used} bytes`)
    if (reasons().slice(seen).join() !== reason) wrong.push(`${what}: ${reasons().slice(seen).join()}, not ${reason}`)
  }
  expect(wrong).toEqual([])
  expect(storeContents(db)).toBe(before)
})

test('T31: a payload that no honest sealer writes is refused although it opens, whatever type it claims', async () => {
  plant = await create()
  const sealed: Uint8Array[] = []
  for (const type of ['policy-bundle', 'revocation-delta', 'key-package', 'command', 'acknowledgement'] as const) {
    for (const [, hex] of badPayloads) sealed.push(await plant.service.sealBytes('edge-1', type, fromHex(hex)))
  }
  const before = await quiet()
  const count = reasons().length
  for (const envelope of sealed) await hand(envelope)
  expect(reasons().slice(count)).toEqual(Array(sealed.length).fill('payload'))
  expect(storeContents(db)).toBe(before)
})

test('T28: thousands of envelopes, doubled and in any order, act once each and end in the newest', async () => {
  plant = await create()
  const { service } = plant
  const commands: Uint8Array[] = []
  const others: Uint8Array[] = []
  const ids = new Map<string, boolean>()
  for (let i = 1; i <= 200; i++) {
    const id = service.random.bytes(16)
    const active = i % 2 === 0
    ids.set(toHex(id), active)
    commands.push(await service.command('edge-1', 'lockdown', { on: { asset: 'press' }, active }, { id }))
    const entries = [
      { credential: service.credential('c-2'), action: active ? 'suspend' : 'restore', until: null },
    ] as const
    others.push(await service.seal('edge-1', 'revocation-delta', { base: 0, version: i, entries }))
    if (i % 10 === 0)
      others.push(
        await service.bundle('edge-1', plant.site, {
          version: 1 + i / 10,
          revocationVersion: i,
          states: { 'c-2': 'suspended' },
        }),
      )
  }
  const all = [...commands, ...others].flatMap(envelope => [envelope, envelope, envelope])
  const [order] = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), { numRuns: 1, seed: 7 })
  plant.surroundings.link.down()
  for (const envelope of order ?? []) await hand(envelope)
  plant.surroundings.link.up()
  expect(plant.module.status().versions).toMatchObject({ bundle: 21, revocations: 200 })
  await plant.records()
  const done = (await plant.records()).flatMap(({ event, detail }) =>
    event === 'command-done' ? [detail?.id ?? ''] : [],
  )
  expect(new Set(done).size).toBe(done.length)
  expect(ids.get(done.at(-1) ?? '')).toBe(true)
  expect((await plant.tap(await plant.phone(ben), openGate)).record?.reasons).toEqual(['suspended'])
  expect(JSON.parse(String(db.get('SELECT json FROM decision_state')?.json)).lockdowns).toHaveLength(1)
})

test('T29: six envelopes of all types end in the same state in whatever order they arrive, and the lockdown holds', async () => {
  plant = await create()
  const { bundle, delta, keys, command, acknowledgement, time } = await oneOfEach(plant)
  const envelopes = [bundle, delta, keys, command, acknowledgement, time]
  const [end = '', ...others] = await endsOfOrders({ plant, database: () => db, envelopes, every: 31 })
  expect(others).toEqual([])
  expect(end).toContain(String.raw`\"lockdowns\":[\"site\"]`)
})

test('T29: a lockdown that is lifted is over in whatever order both come, and everything beside them is in force', async () => {
  plant = await create()
  const { bundle, delta, command, time } = await oneOfEach(plant)
  const lift = await plant.service.command('edge-1', 'lockdown', { on: 'site', active: false })
  const newest = { version: 3, revocationVersion: 1, states: { 'c-2': 'revoked' } } as const
  const envelopes = [bundle, delta, command, lift, time, await plant.service.bundle('edge-1', plant.site, newest)]
  const phones = [await plant.phone(ada), await plant.phone(ben)]
  const ask = async (): Promise<string> => {
    const taps = [await plant.tap(phones[0] as Phone, openGate), await plant.tap(phones[1] as Phone, openGate)]
    return taps.map(({ record }) => record?.reasons?.join()).join(' ')
  }
  const ends = await endsOfOrders({ plant, database: () => db, envelopes, every: 47, ask })
  expect(ends.slice(1)).toEqual([])
  expect(ends[0]?.split('\n')[0]).toBe('permitted revoked')
})
