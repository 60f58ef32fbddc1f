/** Several people at several readers of one module in the same moment: one decision after the other, none spent twice. */
import { afterEach, expect, test } from 'vitest'
import type { ModulePorts, Selection } from '../src/ports.ts'
import { type Phone, Plant } from './harness/plant.ts'
import { siteOf } from './harness/test-site.ts'

/** A booth for one, with two doors; a press for one at a time; a store that everybody may open once a day. */
const site = siteOf(`
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich, pinTries: 3, pinLock: 15m }
areas:
  hall: { name: Hall }
  booth: { name: Booth, in: hall, occupancy: 1 }
kinds:
  press: { functions: [operate], criticality: 2, session: { max: 8h, exclusive: [operate], end: at-once } }
assets:
  north: { name: North door, in: booth, kind: door, failSafe: true }
  south: { name: South door, in: booth, kind: door, failSafe: true }
  outer: { name: Outer door of the lock, in: hall, kind: door, failSafe: true }
  inner: { name: Inner door of the lock, in: hall, kind: door, failSafe: true }
  store-a: { name: Store A, in: hall, kind: door, failSafe: true }
  store-b: { name: Store B, in: hall, kind: door, failSafe: true }
  press: { name: Press, in: hall, kind: press }
modules:
  edge-1:
    guards: [north, south, outer, inner, store-a, store-b, press]
    readers:
      north: { asset: north, side: in }
      south: { asset: south, side: in }
      outer: { asset: outer, side: in }
      inner: { asset: inner, side: in }
      store-a: { asset: store-a, side: in }
      store-b: { asset: store-b, side: in }
      press-left: { asset: press, side: in }
      press-right: { asset: press, side: in }
roles:
  operator: { name: Operators }
people:
  ada: { name: Ada, roles: operator, credentials: { c-1: { type: phone }, c-4: { type: watch } } }
  ben: { name: Ben, roles: operator, credentials: { c-2: { type: phone } } }
interlocks:
  - { id: lock, doors: [outer, inner] }
permissions:
  - { id: booth, who: operator, on: [north, south, outer, inner], may: open }
  - { id: stores, who: operator, on: [store-a, store-b], may: open, when: { quota: { uses: 1, per: day } } }
  - { id: press, who: operator, on: press, may: operate, when: { factors: [pin] } }
`)

let plant: Plant
afterEach(() => plant.remove())

/** What is chosen at each reader; the harness has one panel. */
const choices = new Map<string, Selection>()
const withPanels = (ports: ModulePorts): ModulePorts => ({
  ...ports,
  panel: { take: reader => choices.get(reader), show: (reader, display) => ports.panel.show(reader, display) },
})

interface AtReader {
  readonly phone: Phone
  readonly reader: string
  readonly choice: Selection
}

/** All of them present their phones before any is answered; the reasons, in their order. */
async function tapAtOnce(taps: readonly AtReader[]): Promise<readonly string[]> {
  for (const { reader, choice } of taps) choices.set(reader, choice)
  const results = await Promise.all(
    taps.map(({ phone, reader, choice }) => plant.tap(phone, choice, { reader, settle: false })),
  )
  await plant.settle()
  return results.map(({ record }) => record?.reasons?.[0] ?? 'none')
}

const open = (asset: string): Selection => ({ asset, function: 'open', side: 'in' })
const operate = (pin: string): Selection => ({ asset: 'press', function: 'operate', side: 'in', pin })
const ada = { person: 'ada', credential: 'c-1', roles: ['operator'], pin: '2580' } as const
const adasWatch = { ...ada, credential: 'c-4' } as const
const ben = { person: 'ben', credential: 'c-2', roles: ['operator'], pin: '4711' } as const

/** Each order has its permit before it, and each permit moved something once. */
async function movedOncePerPermit(count: number): Promise<void> {
  const records = await plant.records()
  const permits = records.filter(({ kind, decision }) => kind === 'decision' && decision === 'permit')
  const orders = plant.surroundings.orders.map(({ decisionId }) => decisionId)
  expect(orders.toSorted()).toEqual(permits.map(({ decisionId }) => decisionId).toSorted())
  expect(orders).toHaveLength(count)
  expect(records.filter(({ kind }) => kind === 'outcome')).toHaveLength(count)
}

test('two people at two readers at once are both answered right, each with a record of their own', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  const reasons = await tapAtOnce([
    { phone: one, reader: 'store-a', choice: open('store-a') },
    { phone: two, reader: 'store-b', choice: open('store-b') },
  ])
  expect(reasons).toEqual(['permitted', 'permitted'])
  await movedOncePerPermit(2)
})

test('a quota is not spent twice, whatever of one person is presented at once', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [phone, watch] = [await plant.phone(ada), await plant.phone(adasWatch)]
  const reasons = await tapAtOnce([
    { phone, reader: 'store-a', choice: open('store-a') },
    { phone: watch, reader: 'store-b', choice: open('store-b') },
  ])
  expect(reasons.toSorted()).toEqual(['permitted', 'quota-used'])
  await movedOncePerPermit(1)
})

test('a machine for one at a time is freed for one of two who come at once', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  const reasons = await tapAtOnce([
    { phone: one, reader: 'press-left', choice: operate('2580') },
    { phone: two, reader: 'press-right', choice: operate('4711') },
  ])
  expect(reasons.toSorted()).toEqual([expect.stringMatching(/^asset-in-use/), 'permitted'])
  await movedOncePerPermit(1)
})

test('a room for one takes one of two who come at its doors at once', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  const reasons = await tapAtOnce([
    { phone: one, reader: 'north', choice: open('north') },
    { phone: two, reader: 'south', choice: open('south') },
  ])
  expect(reasons.toSorted()).toEqual(['area-full', 'permitted'])
  await movedOncePerPermit(1)
})

test('of two doors of a lock that are tapped at once, one opens', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  plant.surroundings.contacts = { outer: 'shut', inner: 'shut' }
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  const reasons = await tapAtOnce([
    { phone: one, reader: 'outer', choice: open('outer') },
    { phone: two, reader: 'inner', choice: open('inner') },
  ])
  expect(reasons.toSorted()).toEqual(['interlock-open', 'permitted'])
  await movedOncePerPermit(1)
})

test('whoever was not let in because of somebody who then did not go in may try again, and so may that one', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  plant.surroundings.outcome = undefined
  const at = (phone: Phone, reader: string) => tapAtOnce([{ phone, reader, choice: open(reader) }])
  expect(await at(one, 'north')).toEqual(['permitted'])
  const { report } = plant.surroundings
  expect(await at(two, 'south')).toEqual(['area-full'])
  // It is her own permit that is pending.
  expect(await at(one, 'north')).toEqual(['permitted'])
  plant.surroundings.report?.('timed-out')
  report?.('not-entered')
  await plant.settle()
  expect(await at(two, 'south')).toEqual(['permitted'])
})

test('an actuator that never tells what came of it shuts nobody out for ever', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const [one, two] = [await plant.phone(ada), await plant.phone(ben)]
  plant.surroundings.outcome = undefined
  const at = (phone: Phone, reader: string) => tapAtOnce([{ phone, reader, choice: open(reader) }])
  expect(await at(one, 'north')).toEqual(['permitted'])
  plant.surroundings.advance(60_000)
  expect(await at(two, 'south')).toEqual(['area-full'])
  plant.surroundings.advance(1_000)
  expect(await at(two, 'south')).toEqual(['permitted'])
})

test('R7: wrong PINs typed at two readers at once are all counted', async () => {
  plant = await Plant.create({ site, wrapPorts: withPanels })
  const phones = await Promise.all([plant.phone(ada), plant.phone(ada)])
  const tries = phones.map((phone, i) => ({
    phone,
    reader: i === 0 ? 'press-left' : 'press-right',
    choice: operate('0000'),
  }))
  const reasons = [...(await tapAtOnce(tries)), ...(await tapAtOnce(tries))]
  expect(reasons.map(reason => reason.split('(')[0])).toEqual([
    'factor-failed',
    'factor-failed',
    'factor-locked',
    'factor-locked',
  ])
})
