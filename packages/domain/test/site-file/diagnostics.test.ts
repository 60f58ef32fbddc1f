import { expect, test } from 'vitest'
import { formatDiagnostic, parseSiteFile } from '../../src/site-file/index.ts'
import { faultsOf, fileOf } from './sites.ts'

/** Each `¦` in the lines marks the place of a fault; faults are `code` and the suggestion, in the order of the marks. */
type Case = readonly [title: string, lines: readonly string[], faults: readonly string[]]
const check = (cases: readonly Case[]): void => {
  test.each(cases)('%s', (_, lines, faults) => {
    const marked = fileOf(...lines)
    const places = placesOf(marked)
    expect(places).toHaveLength(faults.length)
    expect(faultsOf(marked.replaceAll(mark, ''))).toEqual(
      faults.map((fault, index) => fault.replace(/^\S+/, code => `${code} ${places[index]}`)),
    )
  })
}

const mark = '¦'
const placesOf = (marked: string): readonly string[] =>
  marked.split('\n').flatMap((line, index) =>
    line
      .split(mark)
      .slice(0, -1)
      .map((_, place, pieces) => `${index + 1}:${[...pieces.slice(0, place + 1).join('')].length + 1}`),
  )

// The file as a whole. site.md §1

test('an empty file, a file without a version, and a list are refused', () => {
  expect(faultsOf('')).toEqual(['version-unsupported 1:1'])
  expect(faultsOf('# nothing\n---\n')).toEqual(['version-unsupported 1:1'])
  expect(faultsOf('# a\n\n- a\n')).toEqual(['wrong-type 3:1'])
})

test('with another version nothing else is checked, not even keys that come twice', () => {
  expect(faultsOf('edgeward: "1"\nsite: 1\nsite: 2\n')).toEqual(['version-unsupported 1:11'])
})

test('columns count Unicode characters, lines end with LF, CR LF or CR', () => {
  expect(faultsOf('edgeward: 1\r\nsite: { name: "😀é", id: A, timeZone: UTC }')).toEqual(['bad-id 2:25'])
  expect(faultsOf('edgeward: 1\rsite: { name: x, id: A, timeZone: UTC }')).toEqual(['bad-id 2:22'])
  expect(faultsOf('\u{FEFF}edgeward: 1\nsite: { id: A, timeZone: UTC }')).toEqual(['bad-id 2:13'])
})

test('bytes that are no UTF-8 and control characters are a syntax error where they are', () => {
  const bytes = new Uint8Array([...new TextEncoder().encode(fileOf('roles: { a: { name: "')), 0xff])
  expect(faultsOf(bytes)).toEqual(['yaml-syntax 3:22'])
  expect(faultsOf(fileOf('roles: { a: { name: "\u0007" } }'))).toEqual(['yaml-syntax 3:22'])
})

test('a syntax error hides features, features hide the rest', () => {
  expect(faultsOf(fileOf('roles: &a { b: *a', 'x: 1'))).toEqual([expect.stringContaining('yaml-syntax')])
  expect(faultsOf(fileOf('rolse: &a {}', 'x: 1'))).toEqual(['yaml-feature 3:11'])
})

check([
  ['an anchor on nothing is shown behind it', ['roles:', '  a: &x¦', '  b: {}'], ['yaml-feature']],
  ['an anchor on a line of its own is shown at the mapping', ['roles: &x', '  ¦a: {}'], ['yaml-feature']],
  ['an anchor on a key is shown at the key', ['&x ¦roles: {}'], ['yaml-feature']],
  ['a second document is shown at its marker', ['¦---', 'a: 1'], ['yaml-feature']],
  ['a second document without a marker too', ['...', '¦a: 1'], ['yaml-feature']],
  ['an end marker alone is nothing', ['...', '# end'], []],
  ['a quoted << is a key', ['roles: { ¦"<<": {} }'], ['bad-id']],
  ['a mapping as a key is no text', ['roles: { ¦{a: b}: {} }'], ['wrong-type']],
  ['a number as a key is its text', ['roles: { 1001: {}, ¦1.5: {} }'], ['bad-id']],
  ['nothing is no mapping', ['roles:¦', 'groups: {}'], ['wrong-type']],
])

test('another version of YAML is refused, its own is not', () => {
  expect(faultsOf(`%YAML 1.2\n---\n${fileOf()}`)).toEqual([])
  expect(faultsOf(`%YAML 1.1\n---\n${fileOf()}`)).toEqual(['yaml-feature 1:1'])
})

// Values. site.md §1

check([
  [
    'names have at most 200 characters and nothing invisible (T37)',
    [
      `roles: { a: { name: ${'x'.repeat(200)} }, b: { name: ¦${'x'.repeat(201)} } }`,
      'groups: { c: { name: ¦"a\\u202eb" }, d: { name: ¦"a\\tb" } }',
    ],
    ['bad-value', 'bad-value', 'bad-value'],
  ],
  [
    'times: 24:00 only as an end',
    ['schedules:', '  a: { from: ¦"24:00" }', '  b: { to: "24:00" }', '  c: { to: ¦"24:01" }', '  d: { from: ¦6 }'],
    ['bad-time', 'bad-time', 'wrong-type'],
  ],
  [
    'dates are of the calendar',
    ['calendars: { a: [2024-02-29, ¦2023-02-29, ¦0000-01-01, ¦2026-1-1], b: 2026-12-25 }'],
    ['bad-date', 'bad-date', 'bad-date'],
  ],
  [
    'instants: RFC 3339, wall time or date',
    [
      'organisations:',
      '  a: { validity: { from: "2026-11-24T13:00:00Z", to: ¦"2026-11-24T13:00:00.5+01:00" } }',
      '  b: { validity: { from: ¦"2026-11-24T13:00Z" } }',
      '  c: { validity: { from: ¦"2026-11-24 13:00" } }',
      '  d: { validity: { from: ¦"2026-11-24T24:00" } }',
      '  e: { validity: { from: ¦"2026-11-24T13:00:00.5" } }',
      '  f: { validity: { to: ¦"2026-11-24T13:00:00+24:00" } }',
    ],
    ['empty-window', 'bad-date', 'bad-date', 'bad-date', 'bad-date', 'bad-date'],
  ],
  [
    'weekdays: ranges, wrapping, daily, lists',
    [
      'schedules:',
      '  a: { days: [fri-mon, wed] }',
      '  b: { days: daily }',
      '  c: { days: [mon, ¦tuu] }',
      '  d: { days: ¦mon-fri-sat }',
      '  e: { days: ¦monday }',
      '  f: { days: ¦1 }',
    ],
    ['bad-value thu', 'bad-value', 'bad-value', 'wrong-type'],
  ],
  [
    'numbers: whole, and in their range',
    [
      'areas: { a: { occupancy: ¦1.5 }, b: { occupancy: { max: ¦0 } }, c: { occupancy: { max: 1 } }, d: { occupancy: ¦[1] } }',
    ],
    ['wrong-type', 'out-of-range', 'wrong-type'],
  ],
  ['true is not "true"', ['roles: { a: { external: ¦"true" } }'], ['wrong-type']],
  [
    'subjects: one key, one of the known',
    [
      'roles: { op: {} }',
      'people: { ada: {} }',
      'assets: { d: { kind: door } }',
      'permissions:',
      '  - { who: { role: ¦ada }, on: d, may: open }',
      '  - { who: { role: op, ¦person: ada }, on: d, may: open }',
      '  - { who: ¦{}, on: d, may: open }',
      '  - { who: [everyone, ¦{ ¦rol: op }], on: d, may: open }',
      '  - { who: ¦everyon, on: d, may: open }',
    ],
    ['unknown-reference', 'conflict', 'missing-key', 'missing-key', 'unknown-key role', 'unknown-reference everyone'],
  ],
  [
    'objects: an asset, or area and kind',
    [
      'assets: { d: { kind: door } }',
      'areas: { a: {} }',
      'roles: { op: {} }',
      'permissions:',
      '  - { who: op, on: { area: a, ¦asset: d }, may: all }',
      '  - { who: op, on: { area: outside, kind: door }, may: open }',
      '  - { who: op, on: { kind: ¦dor }, may: open }',
      '  - { who: op, on: ¦{}, may: open }',
    ],
    ['conflict', 'unknown-reference door', 'missing-key'],
  ],
])

// Sections. site.md §2

check([
  [
    'criticality: levels 1 to 4',
    ['criticality: { 3: { autonomy: 1h, untrustedClock: ¦tolerat }, ¦5: {} }'],
    ['bad-value tolerate', 'unknown-key 1'],
  ],
  [
    'a kind of the section kinds, with functions',
    ['kinds: { ¦door: { functions: open }, press: ¦{ name: x }, saw: { functions: [¦all, ¦Cut] } }'],
    ['reserved-id', 'missing-key', 'reserved-id', 'bad-id'],
  ],
  [
    'keys of doors are only for doors',
    ['assets:', '  p: { kind: press, functions: run, ¦door: {}, ¦passage: always, ¦egress: free }'],
    ['conflict', 'conflict', 'conflict'],
  ],
  [
    'an exclusive function must be one of the asset',
    ['assets:', '  p: { kind: press, functions: [run, clean], session: { exclusive: [run, ¦claen] } }'],
    ['function-unknown clean'],
  ],
  [
    'a door with both sides wrong',
    ['areas: { hall: {} }', 'assets: { d: { kind: door, in: ¦hal, sides: { in: ¦halll, out: outside } } }'],
    ['unknown-reference hall', 'unknown-reference hall'],
  ],
  [
    'anti-passback: timed needs its time',
    [
      'areas: { a: { antiPassback: ¦timed }, b: { antiPassback: ¦{ exempt: op } }, c: { antiPassback: ¦[hard] } }',
      'roles: { op: {} }',
    ],
    ['bad-value', 'missing-key', 'wrong-type'],
  ],
  [
    'exceptions: one way to say the dates, and one to say what holds',
    [
      'schedules:',
      '  a:',
      '    exceptions:',
      '      - { date: 2026-01-01, ¦from: 2026-01-02, to: 2026-01-03, closed: true }',
      '      - ¦{ from: 2026-02-01, closed: true }',
      '      - ¦{ closed: true }',
      '      - { date: 2026-03-01, closed: ¦false }',
      '      - { date: 2026-04-01, windows: ¦[] }',
      '      - { date: 2026-05-01, windows: { ¦days: mon } }',
    ],
    ['conflict', 'missing-key', 'missing-key', 'bad-value', 'empty-window', 'unknown-key'],
  ],
  [
    'exceptions that reach into each other, each once',
    [
      'schedules:',
      '  a:',
      '    exceptions:',
      '      - { from: 2026-01-10, to: 2026-01-20, closed: true }',
      '      - ¦{ date: 2026-01-12, closed: true }',
      '      - ¦{ from: 2026-01-01, to: 2026-01-31, closed: true }',
      '      - { date: 2026-02-01, closed: true }',
    ],
    ['duplicate-exception', 'duplicate-exception'],
  ],
  [
    'holidays: exactly one of three',
    ['calendars: { h: 2026-01-01 }', 'schedules: { a: { holidays: ¦{} }, b: { holidays: ¦{ ¦exclud: h } } }'],
    ['missing-key', 'missing-key', 'unknown-key exclude'],
  ],
  [
    'qualifications: true, an instant or a validity',
    ['people: { a: { qualifications: { x: true, y: ¦false, z: ¦5, w: ¦soon, v: { to: 2026-01-01 } } } }'],
    ['bad-value', 'wrong-type', 'bad-date'],
  ],
  [
    'preferences may have any key, but are mappings',
    ['people: { a: { preferences: { press: { any: [1, { deep: true }] }, other: ¦5 } } }'],
    ['wrong-type'],
  ],
  ['robots have no extendedTime', ['robots: { a: { ¦extendedTime: true } }'], ['unknown-key']],
  [
    'roles, groups, people and robots share a namespace, the second in the file is wrong',
    ['people: { x: {}, ¦everyone: {} }', 'groups: { y: {}, ¦x: {} }', 'robots: { ¦y: {} }'],
    ['reserved-id', 'duplicate-id', 'duplicate-id'],
  ],
  [
    'credential ids are unique among people and robots',
    ['robots: { r: { credentials: { c: {} } } }', 'people: { p: { credentials: { ¦c: {} } } }'],
    ['duplicate-id'],
  ],
  [
    'orders: required keys, types, periods',
    [
      'people: { p: {} }',
      'assets: { d: { kind: door } }',
      'orders:',
      '  a: ¦¦{ type: ¦vist, who: p, on: d }',
      '  b: { type: visit, who: p, on: d, from: 2026-01-02, to: ¦2026-01-01, may: ¦opn }',
    ],
    ['missing-key', 'missing-key', 'bad-value visit', 'empty-window', 'function-unknown open'],
  ],
  [
    'conditions of an order that grants nothing would restrict nothing',
    [
      'people: { p: {} }',
      'assets: { d: { kind: door } }',
      'orders:',
      '  a: { type: visit, who: p, on: d, from: 2026-01-01, to: 2026-01-01, ¦when: { factors: pin } }',
      '  b: { type: visit, grants: true, who: p, on: d, from: 2026-01-01, to: 2026-01-01, when: { factors: pin } }',
      '  c: { type: booking, who: p, on: d, from: 2026-01-01, to: 2026-01-01, when: { factors: pin } }',
    ],
    ['conflict'],
  ],
  [
    'bookings of an area, a kind and an asset overlap where they share one',
    [
      'areas: { a: {}, b: { in: a } }',
      'assets: { c1: { kind: car, functions: drive, in: b }, c2: { kind: car, functions: drive } }',
      'people: { p: {} }',
      'orders:',
      '  a: { type: booking, who: p, on: { area: a }, from: "2026-01-01T08:00", to: "2026-01-01T09:00" }',
      '  b: { type: booking, who: p, on: c2, from: "2026-01-01T08:00", to: "2026-01-01T09:00" }',
      '  ¦c: { type: booking, who: p, on: { kind: car, area: b }, from: "2026-01-01T08:59", to: "2026-01-01T10:00" }',
      '  d: { type: booking, who: p, on: { kind: car }, from: "2026-01-01T10:00", to: "2026-01-01T11:00" }',
      '  e: { type: booking, who: p, on: c1, from: "2026-01-01T07:00", to: "2026-01-01T12:00", grants: false }',
    ],
    ['booking-overlap'],
  ],
  [
    'an interlock needs two doors and an id',
    [
      'assets: { d: { kind: door } }',
      'interlocks: [¦{ doors: ¦[d, d] }, { id: x, doors: ¦d }, { id: ¦x, doors: [d, ¦e] }]',
    ],
    ['missing-key', 'out-of-range', 'out-of-range', 'duplicate-id', 'unknown-reference d'],
  ],
  [
    'names of context are dotted identifiers',
    ['context: { a.b: {}, ¦a-b: {}, ¦"": {}, ¦function: {}, c: { type: ¦integer } }'],
    ['bad-id', 'bad-id', 'reserved-id', 'bad-value'],
  ],
])

// Rules. site.md §3

check([
  [
    'conditions: unknown, not allowed, wrong',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { ¦shedule: always, ¦outside: always, quota: { uses: ¦0 } } }]',
    ],
    ['unknown-key schedule', 'condition-not-allowed', 'out-of-range'],
  ],
  [
    'a period that never is',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { from: 2026-01-02, to: ¦2026-01-01 } }]',
    ],
    ['empty-window'],
  ],
  [
    'expressions are texts',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { context: ¦true } }]',
    ],
    ['wrong-type'],
  ],
  [
    'no alternatives are no factor',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { factors: [pin, ¦[]] } }]',
    ],
    ['bad-value'],
  ],
  [
    'rest: a duration or its parts',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { rest: ¦{ break: 1h } } }]',
    ],
    ['missing-key'],
  ],
  [
    'log and alarm have one word',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, log: ¦positions, obligations: { alarm: ¦silen } }]',
    ],
    ['bad-value position', 'bad-value silent'],
  ],
  [
    'default ids count from 1 and are taken',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions:',
      '  - { id: permission-2, who: op, on: d, may: open }',
      '  - ¦{ who: op, on: d, may: open }',
    ],
    ['duplicate-id'],
  ],
  [
    'one rule needs no brackets, and ids are unique in their section only',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: { id: x, who: op, on: d, may: open }',
      'prohibitions: { id: x, who: op, on: d, may: open }',
    ],
    [],
  ],
  [
    'a prohibition has few conditions, a policy two',
    [
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'prohibitions: { who: op, on: d, may: open, when: { ¦quota: { uses: 1 }, machineState: x } }',
      'factorPolicies: { on: d, factors: [pin], when: { outside: always, ¦zone: z } }',
    ],
    ['condition-not-allowed', 'condition-not-allowed'],
  ],
  [
    'functions of what is unknown are not judged',
    [
      'kinds: { saw: { functions: cut } }',
      'assets: { p: { kind: ¦sa }, q: { kind: saw } }',
      'roles: { op: {} }',
      'permissions:',
      '  - { who: op, on: p, may: run }',
      '  - { who: op, on: q, may: ¦run }',
    ],
    ['unknown-reference saw', 'function-unknown'],
  ],
  [
    'with a context section only declared names, each once',
    [
      'context: { gas.ppm: { type: double } }',
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions: [{ who: op, on: d, may: open, when: { context: ¦¦"gas.pm < 1.0 || gas.pm > x && holder.external" } }]',
    ],
    ['context-unknown gas.ppm', 'context-unknown'],
  ],
])

// Checks of the whole file. site.md §8

check([
  [
    'each cycle once, at its last reference',
    ['groups:', '  a: { members: [b, c] }', '  b: { members: ¦a }', '  c: { members: [¦a, ¦c, d] }', '  d: {}'],
    ['group-cycle', 'group-cycle', 'group-cycle'],
  ],
  [
    'areas are at most 16 deep',
    ['areas:', '  a0: {}', ...Array.from({ length: 17 }, (_, i) => `  a${i + 1}: { in: ${i === 15 ? '¦' : ''}a${i} }`)],
    ['out-of-range'],
  ],
  [
    'an area that nobody can leave by himself',
    [
      'areas: { ¦ward: {}, cell: { in: ward }, hall: {} }',
      'assets:',
      '  w1: { kind: door, in: ward, egress: supervised }',
      '  w2: { kind: door, in: ward, egress: supervised, sides: { in: ward, out: hall } }',
      '  c1: { kind: door, in: cell, egress: supervised, failSafe: true }',
      '  h1: { kind: door, in: hall }',
      'modules: { m: { guards: [w1, w2, c1, h1] } }',
    ],
    ['no-free-egress'],
  ],
  [
    'no warning for a door inside an area, or an empty section of modules',
    ['areas: { a: { occupancy: 5 }, b: { in: a } }', 'assets: { d: { kind: door, in: b } }', 'modules: {}'],
    [],
  ],
  [
    'externals: groups in groups, organisations, persons with external roles',
    [
      'assets: { d: { kind: door } }',
      'organisations: { firm: {} }',
      'roles: { op: {}, guest: { external: true } }',
      'people: { a: { roles: guest }, b: { external: true }, c: {} }',
      'groups: { inner: { members: [c, a] }, outer: { members: inner }, own: { members: [c, op] } }',
      'permissions:',
      '  - { who: ¦a, on: d, may: open }',
      '  - { who: ¦b, on: d, may: open }',
      '  - { who: c, on: d, may: open }',
      '  - { who: ¦outer, on: d, may: open }',
      '  - { who: own, on: d, may: open }',
      '  - { who: ¦{ organisation: firm }, on: d, may: open }',
    ],
    ['external-unconditional', 'external-unconditional', 'external-unconditional', 'external-unconditional'],
  ],
  [
    'a reader to leave by, also where the door is the other way round',
    [
      'areas: { ¦a: { antiPassback: hard }, b: {} }',
      'assets: { d: { kind: door, in: b, sides: { in: b, out: a } } }',
      'modules: { m: { guards: d, readers: { r: { asset: d, side: out } } } }',
    ],
    ['passback-no-exit'],
  ],
])

test('a diagnostic is one line for people, with what to do and what was meant', () => {
  const { diagnostics } = parseSiteFile(fileOf('permisions: []'), 'plant.yaml')
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    expect.stringMatching(/^plant\.yaml:3:1: error unknown-key: the key "permisions" .* Did you mean "permissions"\?$/),
  ])
})
