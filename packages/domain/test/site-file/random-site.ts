import fc from 'fast-check'

// Any text, number and nesting in the one place where a file may say what it likes.
export const freeValue: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      'true',
      '1',
      '0x1f',
      '~',
      '',
      ' a',
      'a ',
      'a: b',
      '- a',
      '#',
      '06:00',
      '2026-01-01',
      'é',
      '\u0085',
      '<<',
      '1e3',
      '.5',
      '-',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), tie('value'), { maxKeys: 4 }),
  ),
})).value

// Random sites: any combination of what the sections allow.
const id = (...ids: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...ids)
const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }))
const members = <T extends Record<string, fc.Arbitrary<unknown>>, K extends keyof T & string>(
  shape: T,
  ...requiredKeys: K[]
) => fc.record(shape, { requiredKeys })
const duration = fc
  .tuple(fc.integer({ min: 0, max: 500 }), fc.constantFrom('s', 'm', 'h', 'd'))
  .map(([n, unit]) => `${n}${unit}`)
const digits = (n: number): string => String(n).padStart(2, '0')
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${digits(h)}:${digits(m)}`)
const dateOf = (year: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .map(([m, d]) => `${year}-${digits(m)}-${digits(d)}`)
const instantOf = (year: number): fc.Arbitrary<string> =>
  fc.oneof(
    dateOf(year),
    fc.tuple(dateOf(year), clock).map(([date, time]) => `${date}T${time}`),
    fc.tuple(dateOf(year), clock).map(([date, time]) => `${date}T${time}:07+02:00`),
  )
const period = members({ from: instantOf(2025), to: instantOf(2027) })
const role = id('op', 'lead', 'guest')
const subject = fc.oneof(
  id('everyone', 'op', 'lead', 'crew', 'ada', 'agv'),
  role.map(name => ({ role: name })),
  fc.constant({ organisation: 'firm' }),
)
const area = id('plant', 'hall', 'yard')
const object = fc.oneof(
  id('gate', 'door', 'press'),
  area.map(name => ({ area: name })),
  fc.constant({ kind: 'press' }),
  area.map(name => ({ area: name, kind: 'door' })),
)
const factor = id('possession', 'pin', 'biometric', 'second-person')
const factors = fc.array(fc.oneof(factor, fc.array(factor, { minLength: 1, maxLength: 2 })), { maxLength: 3 })
const names = fc.constantFrom('Ärger: "x" #1', 'Plain name', '12', 'true', '- a', '日本', "it's", '{a}', 'yes', ' x ')
const holidays = fc.oneof(
  ...['exclude', 'include'].map(mode => some(id('h', 'g')).map(calendars => ({ [mode]: calendars }))),
)
const window = members({
  days: some(id('mon', 'tue-thu', 'fri-mon', 'daily')),
  from: clock,
  to: fc.oneof(clock, fc.constant('24:00')),
  holidays,
})
const recurring = members(
  { recurrence: fc.constant({ start: '2026-01-05', rule: 'FREQ=WEEKLY;BYDAY=MO,WE' }), from: clock },
  'recurrence',
)
const common = {
  holidays,
  valid: members({ from: dateOf(2024), to: dateOf(2030) }),
  exceptions: fc.constantFrom(
    [{ date: '2026-01-02', closed: true }],
    [
      { from: '2026-01-02', to: '2026-01-05', windows: { from: '07:00' } },
      { date: '2026-02-01', windows: [{}, { to: '08:00' }] },
    ],
  ),
}
const schedule = fc.oneof(
  fc.tuple(window, members(common)).map(([short, rest]) => ({ ...short, ...rest })),
  members({ ...common, windows: fc.array(fc.oneof(window, recurring), { minLength: 1, maxLength: 3 }) }, 'windows'),
)
const when = members({
  ...{ from: instantOf(2025), to: instantOf(2027), schedule: some(id('s', 'always')), factors, zone: some(id('z')) },
  within: fc.double({ min: 0.001, max: 1e21, noNaN: true }),
  context: fc.oneof(
    fc.constant('a.b > 1.0'),
    fc.dictionary(id('x', '1', '0', 'context'), fc.constant("holder.id == 'a'"), { minKeys: 1 }),
  ),
  ...{
    machineState: some(id('idle', 'on', '1')),
    qualification: some(id('q', '7')),
    order: some(id('visit', 'booking')),
    escort: some(subject),
  },
  quota: members({ uses: fc.integer({ min: 1, max: 9 }), per: id('day', 'total') }, 'uses'),
  rest: fc.oneof(duration, members({ minimum: duration, break: duration }, 'minimum')),
})
const person = members({
  ...{
    name: names,
    groups: id('crew'),
    organisation: id('firm'),
    external: fc.boolean(),
    validity: period,
    host: id('ada'),
  },
  roles: some(fc.oneof(role, members({ role, from: instantOf(2025), to: instantOf(2027) }, 'role'))),
  qualifications: fc.dictionary(id('q', '7', 'constructor'), fc.oneof(fc.constant(true), instantOf(2026), period)),
  preferences: fc.dictionary(id('press', '1'), fc.dictionary(id('a', '2'), freeValue, { maxKeys: 2 }), { maxKeys: 2 }),
})
const credentials = (name: string) =>
  fc.dictionary(
    id(`${name}1`, `${name}-2`),
    members({ type: id('card', 'tag'), validity: period, state: id('active', 'revoked') }),
  )
const order = members(
  {
    ...{
      name: names,
      type: id('visit', 'work-order'),
      who: some(subject),
      on: some(object),
      from: instantOf(2025),
      to: instantOf(2027),
    },
    ...{ state: id('open', 'closed'), load: names, pickUp: area, deliver: area, host: id('ada') },
  },
  ...(['type', 'who', 'on', 'from', 'to'] as const),
)
const rule = { who: some(subject), on: some(object), may: id('all') }
const rules = <T>(made: fc.Arbitrary<T>) => fc.array(made, { maxLength: 3 })
/** A site file as JSON can hold it. */
export const randomSite: fc.Arbitrary<unknown> = members(
  {
    edgeward: fc.constant(1),
    site: members(
      {
        id: id('s', '1'),
        name: names,
        timeZone: id('Europe/Zurich', 'UTC', 'America/New_York'),
        pinTries: fc.integer({ min: 3, max: 6 }),
        pinLock: duration,
      },
      'id',
      'timeZone',
    ),
    criticality: fc.dictionary(
      id('1', '3', '4'),
      members({ factors, autonomy: duration, untrustedClock: id('deny', 'tolerate') }),
    ),
    calendars: fc.record({ h: fc.array(dateOf(2026), { maxLength: 3 }), g: dateOf(2026) }),
    schedules: fc.record({ s: schedule, 12: schedule }),
    areas: fc.record({
      plant: members({
        name: names,
        antiPassback: fc.oneof(id('hard', 'soft'), fc.constant({ mode: 'timed', for: '2m', exempt: 'op' })),
        occupancy: fc.integer({ min: 1 }),
      }),
      hall: members({ in: id('plant', 'outside'), twoPersonRule: fc.boolean(), firstPersonIn: some(subject) }),
      yard: members({ antiPassback: members({ mode: id('hard'), exempt: some(subject) }, 'mode') }),
    }),
    kinds: fc.record({
      press: members(
        {
          name: names,
          functions: some(id('run', 'clean')),
          criticality: fc.integer({ min: 1, max: 4 }),
          failSafe: fc.boolean(),
          autonomy: duration,
          session: members({
            max: duration,
            idle: duration,
            exclusive: fc.boolean(),
            end: id('at-once', 'after-cycle'),
          }),
        },
        'functions',
      ),
    }),
    assets: fc.record({
      gate: members(
        {
          kind: fc.constant('door'),
          in: area,
          failSafe: fc.boolean(),
          door: members({ unlock: duration, heldOpen: duration }),
          passage: some(id('s', 'always')),
          egress: id('free', 'supervised'),
        },
        'kind',
      ),
      door: members(
        {
          kind: fc.constant('door'),
          sides: members({ in: area, out: fc.oneof(area, fc.constant('outside')) }),
          functions: fc.constant(['open', 'look']),
        },
        'kind',
      ),
      press: members(
        {
          kind: fc.constant('press'),
          name: names,
          in: area,
          functions: some(id('run', 'cut')),
          criticality: fc.integer({ min: 1, max: 4 }),
          failSecure: fc.boolean(),
          session: members({ max: duration }),
        },
        'kind',
      ),
    }),
    zones: fc.record({ z: members({ name: names, area }) }),
    context: fc.constant({ 'a.b': { type: 'double', maxAge: '5s' }, 'machine.state': { unit: '%' } }),
    modules: fc.dictionary(
      id('m', '1'),
      members({
        name: names,
        autonomy: duration,
        keyGroup: id('main', 'k'),
        readers: fc.dictionary(id('r', '2'), fc.record({ asset: id('gate'), side: id('in', 'out') })),
      }),
    ),
    organisations: fc.record({ firm: members({ name: names, validity: period, active: fc.boolean() }) }),
    roles: fc.record({ op: members({ name: names }), lead: members({}), guest: members({ external: fc.boolean() }) }),
    groups: fc.record({ crew: members({ name: names, members: some(id('op', 'ada')) }) }),
    people: fc.record({
      ada: fc
        .tuple(person, credentials('a'), fc.boolean())
        .map(([p, c, x]) => ({ ...p, credentials: c, extendedTime: x })),
    }),
    robots: fc.record({ agv: fc.tuple(person, credentials('b')).map(([p, c]) => ({ ...p, credentials: c })) }),
    orders: fc.dictionary(id('o', '2', '10', '1'), order),
    permissions: rules(
      members(
        {
          ...rule,
          when,
          override: fc.boolean(),
          log: id('position'),
          obligations: members({ notice: some(names), alarm: id('silent') }),
        },
        'who',
        'on',
        'may',
      ),
    ),
    prohibitions: rules(
      members(
        { ...rule, when: members({ schedule: id('s'), zone: id('z'), context: id('a.b == 1.0') }) },
        'who',
        'on',
        'may',
      ),
    ),
    factorPolicies: rules(
      members({ ...rule, factors, when: members({ schedule: id('s'), outside: some(id('s')) }) }, 'on', 'factors'),
    ),
    positionLogging: rules(fc.record({ who: some(subject), on: some(object) })),
    interlocks: fc.constant([{ id: 'i', doors: ['gate', 'door'] }]),
  },
  ...([
    'edgeward',
    'site',
    'calendars',
    'schedules',
    'areas',
    'kinds',
    'assets',
    'zones',
    'context',
    'organisations',
    'roles',
    'groups',
    'people',
    'robots',
  ] as const),
)
