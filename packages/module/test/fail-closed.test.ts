/**
 * T25: every port fails in every way that a program can fail: it throws, it hangs, it says nonsense. A decision that
 * needs what the port would have said is a denial, one that would be a denial stays one, and the next tap works.
 */
import type { KeyStore } from '@edgeward/keystore'
import { afterEach, describe, expect, test } from 'vitest'
import type { Database } from '../src/index.ts'
import type { Fix, ModulePorts, Selection } from '../src/ports.ts'
import { type Phone, Plant, start, type TapOutcome } from './harness/plant.ts'
import { siteOf } from './harness/test-site.ts'

/** A door for each thing that a decision may need of the world. */
const site = siteOf(`
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich, pinTries: 6 }
areas: { hall: { name: Hall } }
assets:
${['plain', 'outer', 'inner', 'near', 'guarded', 'locked']
  .map(id => `  ${id}: { name: ${id}, in: hall, kind: door, failSafe: true }`)
  .join('\n')}
context: { machine.guard: { type: bool, maxAge: 30s } }
interlocks: [{ id: sluice, doors: [inner, outer] }]
modules: { edge-1: { guards: [plain, outer, inner, near, guarded, locked] } }
roles: { operator: { name: Operators }, visitor: { name: Visitors } }
people:
  ada: { name: Ada, roles: operator, credentials: { c-1: { type: phone } } }
permissions:
  - { id: p1, who: operator, on: [plain, inner], may: open }
  - { id: p2, who: operator, on: near, may: open, when: { within: 2 } }
  - { id: p3, who: operator, on: guarded, may: open, when: { context: "machine.guard" } }
  - { id: p4, who: operator, on: locked, may: open, when: { factors: [pin] } }
`)

/** What each door needs: which port tells it, how it is when it is well, and how when it is not. */
const needs = {
  plain: { port: 'none', good: () => undefined, bad: () => undefined },
  inner: {
    port: 'contacts',
    good: () => Object.assign(plant.surroundings, { contacts: { outer: 'shut' } }),
    bad: () => Object.assign(plant.surroundings, { contacts: { outer: 'open' } }),
  },
  near: { port: 'position', good: () => place(1), bad: () => place(5) },
  guarded: { port: 'context', good: () => guard(true), bad: () => guard(false) },
  locked: { port: 'keyStore', good: () => undefined, bad: () => undefined },
} as const
type Door = keyof typeof needs
const doors = Object.keys(needs) as readonly Door[]
const fix = (distance: number): Fix => ({ at: start, zones: [], distance, uncertainty: 0.1, source: 'test' })
const place = (distance: number): void => {
  plant.surroundings.positions = { [phone.thumbprint]: fix(distance) }
}
const guard = (value: boolean): void => {
  plant.surroundings.context = { site: { 'machine.guard': { value, at: start } } }
}

/** What is no answer to anything. */
const nonsense: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  2 ** 60,
  '',
  'true',
  'permit',
  [],
  {},
  () => true,
  new Uint8Array(3),
  Promise.resolve(true),
]
type Behaviour = { readonly name: string; readonly answer: () => unknown }
const seven: unknown = 7
const throws: readonly Behaviour[] = [
  {
    name: 'throws',
    answer: () => {
      throw Object.assign(new Error('broken'), { code: 'port-broken' })
    },
  },
  {
    name: 'throws a number',
    answer: () => {
      throw seven
    },
  },
]
const asynchronous: readonly Behaviour[] = [
  { name: 'rejects', answer: () => Promise.reject(Object.assign(new Error('broken'), { code: 'port-broken' })) },
  { name: 'hangs', answer: () => new Promise(() => undefined) },
]
const says = (values: readonly unknown[]): readonly Behaviour[] =>
  values.map(value => ({ name: `says ${shown(value)}`, answer: () => value }))
const within = (wrap: (value: unknown) => unknown): readonly Behaviour[] =>
  says([undefined, null, Number.NaN, -1, 2 ** 60, 'true', {}].map(wrap))

/** The nonsense that one port may say beside what it says as a whole. */
const particular: Readonly<Record<string, readonly Behaviour[]>> = {
  'context.snapshot': [
    ...within(value => ({ site: value })),
    ...within(value => ({ site: { 'machine.guard': value } })),
    ...within(value => ({ site: { 'machine.guard': { value, at: start } } })),
    ...within(at => ({ site: { 'machine.guard': { value: true, at } } })),
  ],
  'contacts.snapshot': within(value => ({ outer: value })),
  'position.latest': [
    ...within(distance => ({ ...fix(1), distance })),
    ...within(uncertainty => ({ ...fix(5), uncertainty })),
    ...within(at => ({ ...fix(1), at })),
  ],
}

/** Which call of which part fails now, and how. */
let fault: { readonly part: string; readonly behaviour: Behaviour } | undefined
let reached = 0
function faulty<T extends object>(name: string, target: T, methods: readonly string[]): T {
  return new Proxy(target, {
    get(of, member) {
      const found: unknown = Reflect.get(of, member)
      if (typeof found !== 'function') return found
      return (...args: readonly unknown[]): unknown => {
        if (fault?.part !== `${name}.${String(member)}` || !methods.includes(String(member)))
          return found.apply(of, args)
        if (name === 'keyStore' && member === 'mac' && !isPin(args[0])) return found.apply(of, args)
        reached += 1
        return fault.behaviour.answer()
      }
    },
  })
}
const isPin = (key: unknown): boolean => Reflect.get(Object(key), 'purpose') === 'pin'

const wrapPorts = (ports: ModulePorts): ModulePorts => ({
  ...ports,
  clock: faulty('clock', ports.clock, ['now']),
  monotonic: faulty('monotonic', ports.monotonic, ['now']),
  context: faulty('context', ports.context, ['snapshot']),
  contacts: faulty('contacts', ports.contacts, ['snapshot']),
  position: faulty('position', ports.position, ['latest']),
  panel: faulty('panel', ports.panel, ['take', 'show']),
  actuator: faulty('actuator', ports.actuator, ['act']),
  link: faulty('link', ports.link, ['send']),
})
const wrapKeyStore = (store: KeyStore): KeyStore => faulty('keyStore', store, ['open', 'sign', 'mac'])
const wrapDatabase = (db: Database): Database => faulty('database', db, ['run', 'get', 'all', 'transaction'])

let plant: Plant
let phone: Phone
afterEach(async () => {
  fault = undefined
  await plant.remove()
})
async function open(): Promise<void> {
  plant = await Plant.create({ site, wrapPorts, wrapKeyStore, wrapDatabase })
  phone = await plant.phone({ person: 'ada', credential: 'c-1', roles: ['operator'], pin: '2580', duress: '9137' })
}

const at = (door: Door, pin: string): Selection => ({
  asset: door,
  function: 'open',
  side: 'in',
  ...(door === 'locked' ? { pin } : {}),
})

/** The next tap is tried after the first few and then now and then. */
const isTriedAfter = (index: number): boolean => index < 4 || index % 6 === 0

/** One tap while the fault lasts; whoever hangs is waited for as long as the module waits. */
async function tapWith(part: string, behaviour: Behaviour, door: Door, who: Phone, pin: string): Promise<TapOutcome> {
  fault = { part, behaviour }
  let ended = false
  const tap = plant.tapWithoutSettling(who, at(door, pin)).finally(() => {
    ended = true
  })
  for (let i = 0; i < 8 && !ended; i++) {
    for (let turn = 0; turn < 12 && !ended; turn++) await new Promise(resolve => setImmediate(resolve))
    if (!ended) plant.surroundings.timers.advance(700)
  }
  const result = await tap
  fault = undefined
  return result
}

const parts: readonly (readonly [string, readonly Behaviour[], needed: 'always' | 'by its door' | 'never'])[] = [
  ['context.snapshot', [...throws, ...says(nonsense)], 'by its door'],
  // A map without a door is an answer: that door has no contact.
  [
    'contacts.snapshot',
    [...throws, ...says(nonsense.filter(value => String(value) !== '[object Object]'))],
    'by its door',
  ],
  ['position.latest', [...throws, ...says(nonsense)], 'by its door'],
  ['keyStore.mac', [...throws, ...asynchronous, ...says(nonsense)], 'by its door'],
  ['keyStore.open', [...throws, ...asynchronous, ...says(nonsense)], 'always'],
  ['keyStore.sign', [...throws, ...asynchronous, ...says(nonsense)], 'always'],
  ['clock.now', [...throws, ...says([Number.NaN, Number.POSITIVE_INFINITY, undefined, '', 'permit', {}])], 'always'],
  ['monotonic.now', [...throws, ...says([Number.NaN, Number.POSITIVE_INFINITY, undefined, '', 'permit'])], 'always'],
  ['panel.take', [...throws, ...says(nonsense.filter(value => value != null))], 'always'],
  ['panel.show', [...throws, ...asynchronous, ...says(nonsense)], 'never'],
  ['link.send', [...throws, ...asynchronous, ...says(nonsense)], 'never'],
  ['database.run', throws, 'always'],
  ['database.get', throws, 'always'],
  ['database.transaction', throws, 'always'],
]

describe.each(parts)('T25: %s', (part, general, needed) => {
  const behaviours = [...general, ...(particular[part] ?? [])]
  const port = part.split('.')[0]

  test('whatever it does, what would be denied is denied', async () => {
    await open()
    for (const need of Object.values(needs)) need.bad()
    const stranger = await plant.phone()
    for (const [i, behaviour] of behaviours.entries()) {
      const door = doors[i % doors.length] ?? 'plain'
      const own = doors.find(each => needs[each].port === port) ?? door
      for (const each of new Set([door, own])) {
        const who = each === 'plain' ? stranger : phone
        const { display, record } = await tapWith(part, behaviour, each, who, '0000')
        expect(display.decision, `${behaviour.name} at ${each}: ${record?.reasons}`).toBe('deny')
      }
      plant.surroundings.advance(1)
    }
    expect(plant.surroundings.orders).toEqual([])
  })

  test('a permit that needs it is not given, the record has the cause, and the next tap is as always', async () => {
    await open()
    for (const need of Object.values(needs)) need.good()
    for (const [i, behaviour] of behaviours.entries()) {
      const own = doors.find(each => needs[each].port === port)
      const door = own ?? doors[i % doors.length] ?? 'plain'
      const before = plant.surroundings.orders.length
      reached = 0
      const { display, record } = await tapWith(part, behaviour, door, phone, '2580')
      const told = `${behaviour.name} at ${door}: ${display.decision} ${record?.reasons}`
      if (part !== 'link.send') expect(reached, told).toBeGreaterThan(0)
      if (needed === 'never') expect(display.decision, told).toBe('permit')
      else expect(display.decision, told).toBe('deny')
      expect(plant.surroundings.orders.length - before, told).toBe(needed === 'never' ? 1 : 0)
      if (record?.reasons?.[0] === 'internal-error') expect(record.trace?.[0]?.what, told).toBe('cause')
      else if (port !== 'database' && needed !== 'never') expect(record?.reasons?.[0], told).not.toBe('permitted')
      if (!isTriedAfter(i) && part !== 'keyStore.mac') continue
      const next = await plant.tap(phone, at(door, '2580'), { settle: false })
      expect(next.display.decision, `after: ${told}: ${next.record?.reasons}`).toBe('permit')
    }
  })
})

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
