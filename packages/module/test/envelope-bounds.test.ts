/** Where each bound of an envelope lies: good at n, refused at n+1. threat-model.md §8 */
import { maxCarriedBytes, maxEnvelopeBytes } from '@edgeward/keystore/seal'
import { afterEach, expect, test } from 'vitest'
import { ada, openGate, Plant, start } from './harness/plant.ts'
import { siteOf, siteText } from './harness/test-site.ts'

const day = 86_400
let plant: Plant
afterEach(() => plant.remove())

const results = async (): Promise<readonly string[]> =>
  (await plant.received('acknowledgement')).flatMap(each =>
    each.type === 'acknowledgement' ? each.payload.acknowledged.map(({ type, result }) => `${type} ${result}`) : [],
  )
const reasons = (): readonly string[] =>
  plant.warnings.flatMap(line => line.match(/^envelope-refused \{"reason":"([^"]+)"/)?.slice(1) ?? [])

test('T66: an envelope ends at the latest 60 days after the autonomy of its module', async () => {
  plant = await Plant.create()
  const longest = start + (30 + 60) * day
  const lockdown = (notAfter: number) =>
    plant.service.seal(
      'edge-1',
      'command',
      {
        ...{ id: plant.service.random.bytes(16), verb: 'lockdown', arguments: { on: 'site', active: true } },
        ...{ notBefore: start, notAfter: start + 60, by: plant.service.me },
      },
      { notAfter },
    )
  await plant.deliver(await lockdown(longest + 1))
  await plant.deliver(await lockdown(longest))
  expect((await results()).slice(-2)).toEqual(['command refused', 'command done'])
  expect(reasons()).toEqual(['ends too late'])
})

test('T66: a bundle ends at the latest 60 days after its own autonomy, and is not in force before it begins', async () => {
  plant = await Plant.create()
  const site = siteOf(siteText.replace('edge-1: { guards', 'edge-1: { autonomy: 2d, guards'))
  expect(site.modules['edge-1']?.autonomy).toBe(2 * day)
  let version = 1
  const bundle = (notBefore: number, notAfter: number) =>
    plant.service.seal('edge-1', 'policy-bundle', {
      ...{ epoch: 1, version: ++version, revocationVersion: 0, notBefore, notAfter },
      tables: plant.service.bundleOf(site, 'edge-1'),
      siteDigest: new Uint8Array(32),
    })
  await plant.deliver(await bundle(start, start + 62 * day + 1))
  await plant.deliver(await bundle(start + 301, start + 60 * day))
  await plant.deliver(await bundle(start + 300, start + 60 * day))
  await plant.deliver(await bundle(start, start + 62 * day))
  expect((await results()).slice(-4).map(result => result.split(' ')[1])).toEqual([
    'refused',
    'refused',
    'done',
    'done',
  ])
  expect(reasons()).toEqual(['ends too late', 'not yet'])
})

test('T66: rules are over when their bundle is, also after a restart and although the service is heard', async () => {
  plant = await Plant.create()
  const phone = await plant.phone({ ...ada, notAfter: start + 60 * day })
  await plant.deliver(
    await plant.service.seal('edge-1', 'policy-bundle', {
      ...{ epoch: 1, version: 2, revocationVersion: 0, notBefore: start, notAfter: start + 3_600 },
      tables: plant.service.bundleOf(plant.site, 'edge-1'),
      siteDigest: new Uint8Array(32),
    }),
  )
  const reasonsOfTap = async () => (await plant.tap(phone, openGate)).record?.reasons
  const toEnd = start * 1_000 + 3_600_000 - plant.surroundings.truth.now()
  plant.surroundings.advance(toEnd)
  expect(await reasonsOfTap()).toEqual(['permitted'])
  plant.surroundings.advance(1_000)
  await plant.deliver(
    await plant.service.seal('edge-1', 'acknowledgement', {
      acknowledged: [{ type: 'health', version: 1, sequence: 1n, result: 'done' }],
      heads: { bundle: 2 },
    }),
  )
  expect(await reasonsOfTap()).toEqual(['autonomy-exceeded'])
  await plant.reopen()
  expect(await reasonsOfTap()).toEqual(['autonomy-exceeded'])
  await plant.deliver(await plant.service.bundle('edge-1', plant.site, { version: 3 }))
  expect(await reasonsOfTap()).toEqual(['permitted'])
})

test('T31: an envelope may have 1 MiB, and one of a phone 64 KiB, and not a byte more', async () => {
  plant = await Plant.create()
  plant.surroundings.link.deliver(new Uint8Array(maxEnvelopeBytes + 1))
  plant.surroundings.link.deliver(new Uint8Array(maxEnvelopeBytes))
  await plant.settle()
  expect(reasons()).toEqual(['size', 'malformed'])
  expect([maxEnvelopeBytes, maxCarriedBytes]).toEqual([1_048_576, 65_536])
  const whole = await plant.service.seal('edge-1', 'command', {
    ...{ id: new Uint8Array(16), verb: 'filled', arguments: { filling: new Uint8Array(15 * 65_536) } },
    ...{ notBefore: start, notAfter: start + 60, by: plant.service.me },
  })
  expect(whole).toHaveLength(maxEnvelopeBytes)
  await plant.deliver(whole)
  expect(reasons()).toEqual(['size', 'malformed', 'unknown verb'])
})

test('T13: records that the link did not take are offered again while it is up, later each time', async () => {
  plant = await Plant.create()
  await plant.records()
  const { link } = plant.surroundings
  const send = link.send.bind(link)
  let offered = 0
  link.send = async () => {
    offered += 1
    return false
  }
  await plant.tap(await plant.phone(ada), openGate)
  const first = offered
  expect(first).toBeGreaterThan(0)
  plant.surroundings.advance(9_000)
  await plant.settle()
  expect(offered).toBe(first)
  plant.surroundings.advance(1_100)
  await plant.settle()
  expect(offered).toBe(first + 1)
  plant.surroundings.advance(10_100)
  await plant.settle()
  expect(offered).toBe(first + 1)
  link.send = send
  plant.surroundings.advance(10_100)
  await plant.settle()
  expect((await plant.records()).slice(-2).map(({ kind }) => kind)).toEqual(['decision', 'outcome'])
})
