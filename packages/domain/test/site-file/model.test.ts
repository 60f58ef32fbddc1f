import { expect, test } from 'vitest'
import { fileOf, siteOf } from './sites.ts'

const hour = 3_600
const day = 24 * hour
const instant = (text: string): number => Date.parse(text) / 1_000

test('a file of two lines is a site with every default filled in', () => {
  expect(siteOf(fileOf())).toEqual({
    site: {
      id: 's',
      name: 's',
      timeZone: 'Europe/Zurich',
      secondPersonWindow: 30,
      positionMaxAge: 10,
      pinTries: 5,
      pinLock: 900,
    },
    criticality: {
      1: { factors: [], autonomy: 30 * day, untrustedClock: 'tolerate' },
      2: { factors: [], autonomy: 30 * day, untrustedClock: 'tolerate' },
      3: { factors: [['pin', 'biometric']], autonomy: 7 * day, untrustedClock: 'deny' },
      4: { factors: [['pin', 'biometric'], 'second-person'], autonomy: day, untrustedClock: 'deny' },
    },
    calendars: {},
    schedules: {},
    areas: {},
    kinds: {},
    assets: {},
    zones: {},
    modules: {},
    organisations: {},
    roles: {},
    groups: {},
    people: {},
    robots: {},
    orders: {},
    permissions: [],
    prohibitions: [],
    factorPolicies: [],
    positionLogging: [],
    interlocks: [],
  })
})

test('a level of criticality keeps the defaults of the keys that are not given', () => {
  const { criticality } = siteOf(fileOf('criticality: { 4: { autonomy: 2d } }'))
  expect(criticality[4]).toEqual({
    factors: [['pin', 'biometric'], 'second-person'],
    autonomy: 2 * day,
    untrustedClock: 'deny',
  })
})

test('assets take what they do not say from their kind', () => {
  const { assets, kinds } = siteOf(
    fileOf(
      'kinds: { press: { functions: [run, clean], criticality: 3, failSafe: true, autonomy: 3d, session: { idle: 5m } } }',
      'assets:',
      '  a: { kind: press }',
      '  b: { kind: press, functions: run, criticality: 1, failSecure: true, autonomy: 1h, session: { exclusive: true } }',
    ),
  )
  expect(assets.a).toEqual({
    name: 'a',
    in: 'outside',
    kind: 'press',
    functions: ['run', 'clean'],
    criticality: 3,
    failSafe: true,
    autonomy: 3 * day,
    session: { max: 12 * hour, idle: 300, exclusive: 'none', end: 'at-once' },
  })
  expect(assets.b).toMatchObject({
    functions: ['run'],
    criticality: 1,
    failSafe: false,
    autonomy: hour,
    session: { max: 12 * hour, exclusive: 'all' },
  })
  expect(kinds.door).toEqual({ name: 'door', functions: ['open'], declared: false })
})

test('a door has two sides: the area that it protects and the one around it', () => {
  const { assets } = siteOf(
    fileOf(
      'areas: { plant: {}, hall: { in: plant }, yard: {} }',
      'assets:',
      '  a: { kind: door, in: hall }',
      '  b: { kind: door, in: hall, sides: { in: yard } }',
      '  c: { kind: door, sides: { out: yard }, door: { unlock: 8s } }',
    ),
  )
  expect(assets.a).toMatchObject({ sides: { in: 'hall', out: 'plant' }, egress: 'free' })
  expect(assets.a?.door).toEqual({ unlock: 5, extended: 15, heldOpen: 30 })
  expect(assets.b?.sides).toEqual({ in: 'yard', out: 'outside' })
  expect(assets.c?.sides).toEqual({ in: 'outside', out: 'yard' })
  expect(assets.c?.door).toEqual({ unlock: 8, extended: 15, heldOpen: 30 })
})

test('short forms mean what their long forms say', () => {
  const short = siteOf(
    fileOf(
      'calendars: { h: 2026-12-25 }',
      'schedules: { s: { days: fri-mon, from: "06:00", holidays: { exclude: h } } }',
      'areas: { a: { antiPassback: hard, occupancy: 4, firstPersonIn: op } }',
      'assets: { d: { kind: door, in: a, passage: s } }',
      'roles: { op: {} }',
      'people: { p: { roles: op, qualifications: { q: 2026-12-31, r: true } } }',
      'permissions: { who: op, on: d, may: open, when: { schedule: s, rest: 11h, context: a, factors: [[pin]] } }',
    ),
  )
  const long = siteOf(
    fileOf(
      'calendars: { h: [2026-12-25] }',
      'schedules: { s: { windows: [{ days: [sun, mon, fri, sat], from: "06:00", to: "24:00" }], holidays: { exclude: [h] } } }',
      'areas: { a: { name: a, antiPassback: { mode: hard }, occupancy: { max: 4 }, firstPersonIn: [{ role: op }] } }',
      'assets: { d: { kind: door, in: a, passage: [s] } }',
      'roles: { op: {} }',
      'people: { p: { roles: [{ role: op }], qualifications: { q: { to: 2026-12-31 }, r: {} } } }',
      'permissions:',
      '  - id: permission-1',
      '    who: [{ role: op }]',
      '    on: [{ asset: d }]',
      '    may: [open]',
      '    when: { schedule: [s], rest: { minimum: 11h, break: 2h }, context: { context: a }, factors: [pin] }',
    ),
  )
  expect(short).toEqual(long)
})

test('a date is its start as from and its end as to, also where the clock changes', () => {
  const { people } = siteOf(
    fileOf(
      'people:',
      '  day: { validity: { from: 2026-03-29, to: 2026-03-29 } }',
      '  gap: { validity: { from: "2026-03-29T02:30", to: "2026-03-29T03:30" } }',
      '  fold: { validity: { from: "2026-10-25T02:30", to: "2026-10-25T02:30" } }',
      '  utc: { validity: { from: "2026-11-24T13:00:00.9Z", to: "2026-11-24T14:00:01+00:30" } }',
    ),
  )
  expect(people.day?.validity).toEqual({ from: instant('2026-03-28T23:00Z'), to: instant('2026-03-29T22:00Z') })
  expect(people.gap?.validity).toEqual({ from: instant('2026-03-29T01:00Z'), to: instant('2026-03-29T01:30Z') })
  expect(people.fold?.validity).toEqual({ from: instant('2026-10-25T00:30Z'), to: instant('2026-10-25T01:30Z') })
  expect(people.utc?.validity).toEqual({ from: instant('2026-11-24T13:00:00Z'), to: instant('2026-11-24T13:30:01Z') })
})

test('a date ends with the first midnight, where the clocks are put back over it', () => {
  const { people } = siteOf(
    'edgeward: 1\nsite: { id: s, timeZone: America/Havana }\npeople: { p: { validity: { to: 2026-10-31 } } }',
  )
  expect(people.p?.validity).toEqual({ to: instant('2026-11-01T04:00Z') })
})

test('the last and the first date of four digits are instants', () => {
  const { people } = siteOf(fileOf('people: { p: { validity: { from: 0001-01-01, to: 9999-12-31 } } }'))
  expect(people.p?.validity?.to).toBeGreaterThan(instant('9999-12-31T20:00:00Z'))
})

test('a prototype is nobody: ids that every object has mean what the file says', () => {
  const { roles, people } = siteOf(fileOf('roles: { constructor: {} }', 'people: { p: { roles: constructor } }'))
  expect(people.p?.roles).toEqual([{ role: 'constructor' }])
  expect(people.constructor).toBeUndefined()
  expect(Object.keys(roles)).toEqual(['constructor'])
})

test('orders keep their place in the file, whatever their ids', () => {
  const order = '{ type: visit, who: everyone, on: d, from: 2026-01-01, to: 2026-01-01 }'
  const { orders } = siteOf(
    fileOf('assets: { d: { kind: door } }', 'orders:', `  "9": ${order}`, `  a: ${order}`, `  1: ${order}`),
  )
  expect([orders['9']?.place, orders.a?.place, orders['1']?.place]).toEqual([0, 1, 2])
})

test('JSON is YAML', () => {
  expect(
    siteOf('{"edgeward":1,"site":{"id":"s","timeZone":"UTC"},"roles":{"a":{"name":"\\u00e9\\/"}}}').roles.a?.name,
  ).toBe('é/')
})
