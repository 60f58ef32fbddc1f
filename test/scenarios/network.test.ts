/** What whoever carries the bytes can do: nothing but delay and drop. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { dayMs } from './support/plant-time.ts'
import { until } from './support/until.ts'
import { flipped } from './support/wire.ts'
import { withoutPermission, worksSite } from './support/works-site.ts'

let plant: Plant
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
})
afterAll(() => plant.remove())

/** Of an envelope with a bundle in it; everything else that goes down is shorter. */
const isLarge = ({ length }: Uint8Array): boolean => length > 2_000
/** Of an envelope with records in it; all others of a module are shorter. */
const isBatch = ({ length }: Uint8Array): boolean => length > 1_000
const refused = (id: string): number => plant.module(id).module.status().refusedEnvelopes
const reasonsRefused = (id: string): readonly string[] =>
  plant
    .module(id)
    .log.flatMap(line => (line.includes('envelope-refused') ? [line.replace(/.*"reason":"|".*/g, '')] : []))
const versions = (id: string): object => plant.module(id).module.status().versions
const restore = async (): Promise<void> => {
  await plant.apply(worksSite)
  await plant.current()
}

test('a change of the rules does not arrive while the broker is stopped, and arrives when it runs again', async () => {
  await plant.service.broker.stop()
  const before = versions('edge-yard')
  await plant.apply(withoutPermission('shed-all'))

  const { bundle, link } = await plant.health('edge-yard')
  expect(bundle.effective).toBeLessThan(bundle.desired)
  expect(link).toBe('away')
  expect(versions('edge-yard')).toEqual(before)
  expect((await plant.tap('ada', 'shed', 'open')).display.decision).toBe('permit')

  await plant.service.broker.start()
  await plant.current()
  expect(versions('edge-yard')).not.toEqual(before)
  const { record } = await plant.tap('ada', 'shed', 'open')
  expect(record?.reasons).toEqual(['no-permission'])
  await restore()
})

test.each([
  ['the first', () => 0],
  ['one in the middle', (length: number) => length >> 1],
  ['the last', (length: number) => length - 1],
])(
  'T27: with %s byte flipped on the wire a bundle is refused and counted, and the true one arrives all the same',
  async (_, at) => {
    const before = versions('edge-hall')
    const count = refused('edge-hall')
    const changed = plant
      .module('edge-hall')
      .wire.changeNext('down', isLarge, payload => flipped(payload, at(payload.length)))
    await plant.apply(withoutPermission('gate-all'))
    await changed
    await until('the module refuses', () => refused('edge-hall') === count + 1)
    expect(versions('edge-hall')).toEqual(before)
    expect((await plant.tap('ada', 'gate', 'open')).display.decision).toBe('permit')

    // Nobody has acknowledged: after half a minute the service sends it again.
    plant.time.skip(31_000)
    await plant.current()
    expect((await plant.tap('ada', 'gate', 'open')).record?.reasons).toEqual(['no-permission'])
    await restore()
  },
)

test('T27: a batch of records with one byte flipped is refused and counted at the service, and arrives once when it is sent again', async () => {
  const { refused: before } = await plant.health('edge-hall')
  const changed = plant.module('edge-hall').wire.changeNext('up', isBatch, payload => flipped(payload))
  const { display } = await plant.tap('ada', 'gate', 'open')
  await changed
  const after = await until('the service refuses', async () => {
    const { refused: now } = await plant.health('edge-hall')
    return now.total > before.total && now
  })
  expect(after.reasons.tag).toBe((before.reasons.tag ?? 0) + 1)
  expect((await plant.events()).some(({ decisionId }) => decisionId === display.decisionId)).toBe(false)

  plant.time.skip(11_000)
  await plant.arrived(display.decisionId)
  const seen = (await plant.events({ kind: 'decision' })).filter(({ decisionId }) => decisionId === display.decisionId)
  expect(seen).toHaveLength(1)
  expect((await plant.health('edge-hall')).records.gaps).toEqual([])
})

test('T28: everything that was sent yesterday, sent again today, is stale and changes nothing', async () => {
  const { wire, module } = plant.module('edge-yard')
  const yesterday = [...wire.down]
  expect(yesterday.filter(isLarge).length).toBeGreaterThan(0)
  plant.time.skip(dayMs)
  await plant.apply(withoutPermission('shed-all'))
  await plant.current()
  const before = versions('edge-yard')
  const count = refused('edge-yard')
  const reasons = reasonsRefused('edge-yard').length

  for (const envelope of yesterday) wire.toModule(envelope)
  await until('the old bundles are refused', () => refused('edge-yard') >= count + yesterday.filter(isLarge).length)
  await module.idle()
  // Signed time moves no mark; it is over after a minute.
  expect(new Set(reasonsRefused('edge-yard').slice(reasons))).toEqual(new Set(['stale', 'expired']))
  expect(versions('edge-yard')).toEqual(before)
  expect((await plant.tap('ada', 'shed', 'open')).record?.reasons).toEqual(['no-permission'])
  await restore()
})

test('T27: what is meant for one module is refused by another, and what a module said by itself', async () => {
  const [hall, yard] = [plant.module('edge-hall'), plant.module('edge-yard')]
  const before = versions('edge-yard')
  const count = refused('edge-yard')
  const others = [...hall.wire.down.filter(isLarge).slice(-1), ...yard.wire.up.slice(-1)]
  for (const envelope of others) yard.wire.toModule(envelope)
  await until('both are refused', () => refused('edge-yard') === count + 2)
  expect(reasonsRefused('edge-yard').slice(-2)).not.toContain('stale')
  expect(versions('edge-yard')).toEqual(before)
  expect(versions('edge-hall')).not.toEqual({})
})

test('T33: what one module seals is its own, whichever account a hostile broker lets it come by', async () => {
  const [hall, yard] = [plant.module('edge-hall'), plant.module('edge-yard')]
  const batch = yard.wire.changeNext('up', isBatch, payload => flipped(payload))
  const { display } = await plant.tap('ada', 'shed', 'open')
  hall.wire.toBroker(await batch)
  const event = await plant.arrived(display.decisionId)
  expect(event.module).toBe('edge-yard')
  expect((await plant.health('edge-hall')).alarms).toEqual([])
})

test('T32: on the wire there are opaque topics and envelopes of a few lengths, and nothing of what they say', async () => {
  const wires = ['edge-hall', 'edge-yard'].map(id => plant.module(id).wire)
  const lengths = wires.flatMap(({ up, down }) => [...up, ...down].map(({ length }) => length))
  expect(lengths.length).toBeGreaterThan(20)
  const sizes = new Set([256, 1_024, 4_096, 16_384, 65_536])
  // Changed by the tests above, byte for byte: no length is another one.
  expect(lengths.filter(length => !sizes.has(length))).toEqual([])
  const heard = Buffer.concat(wires.flatMap(wire => wire.heard)).toString('latin1')
  const topics = new Set(heard.match(/edgeward\/[^/]+\/(?:up|down)/g))
  expect([...topics].every(topic => /^edgeward\/[0-9a-f]{16}\/(up|down)$/.test(topic))).toBe(true)
  for (const word of ['ada', 'gate', 'shed', 'operator', 'c-1', 'edge-hall', 'permit', 'lockdown']) {
    expect(heard.split(new RegExp(`(?<![a-z])${word}(?![a-z])`)).length, word).toBeLessThan(3)
  }
})
