import { describe, expect, test } from 'vitest'
import type { DirectGrant } from '../../src/decision/claims.ts'
import type { Event } from '../../src/decision/events.ts'
import { chargePinTry } from '../../src/decision/pin.ts'
import { initialState, type State } from '../../src/decision/state.ts'
import { step } from '../../src/decision/step.ts'
import { at, morning, reasonsOf, shown, siteOf, tapOf } from './site-of.ts'

const site = siteOf({
  areas: { hall: { antiPassback: 'hard', firstPersonIn: 'lead' }, yard: {} },
  schedules: { never: { days: 'mon', from: '02:00', to: '02:15' } },
  assets: {
    gate: { kind: 'door', in: 'hall' },
    mill: { kind: 'mill', in: 'hall', functions: ['run', 'safe'], session: { max: '1h', exclusive: ['run'] } },
    vault: { kind: 'door', in: 'yard' },
  },
  roles: { op: {}, lead: {} },
  people: {
    ada: { roles: ['op'], credentials: { c1: {}, c2: {} } },
    ben: { roles: ['op', 'lead'], credentials: { c3: {} } },
    zoe: { credentials: { c4: {} } },
  },
  permissions: [
    { id: 'p', who: 'op', on: ['gate', 'mill'], may: 'all', when: {} },
    { id: 'v', who: 'op', on: 'vault', may: 'open', when: { factors: 'pin' } },
  ],
})
const world = { site }

/** All that events leave behind. */
const run = (events: readonly Event[], state: State = initialState()): State =>
  events.reduce((before, event) => step(world, before, event).state, state)

describe('a step is pure', () => {
  const events: readonly Event[] = [
    tapOf(site, 'ben', { asset: 'gate', id: 'a' }),
    { type: 'outcome', at: morning + 1, of: 'a', outcome: 'entered' },
    tapOf(site, 'ben', { asset: 'mill', function: 'run', id: 'b', at: morning + 2 }),
    { type: 'outcome', at: morning + 3, of: 'b', outcome: 'session-started' },
    tapOf(site, 'ada', { asset: 'vault', factors: { pin: 'wrong' }, at: morning + 4 }),
    { type: 'lockdown', at: morning + 5, on: { area: 'yard' }, active: true },
    { type: 'context', at: morning + 6, asset: 'mill', values: { speed: 1.5, __proto__x: true } },
    { type: 'door', at: morning + 7, asset: 'gate', state: 'open' },
    { type: 'suspend', at: morning + 8, person: 'zoe' },
    { type: 'epoch', at: morning + 9, minimum: 3 },
    { type: 'contact', at: morning + 10 },
  ]

  test('it leaves the state before as it was', () => {
    let state = initialState()
    for (const event of events) {
      const before = structuredClone(state)
      const after = step(world, deepFrozen(state), event).state
      expect(state).toEqual(before)
      state = after
    }
  })

  test('the state survives JSON', () => {
    const state = run(events)
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })

  test('the same events give the same state and decisions', () => {
    expect(run(events)).toEqual(run(events))
  })
})

describe('R7: PIN tries', () => {
  const vault = (pin: 'ok' | 'wrong' | 'duress' | undefined, seconds: number) =>
    tapOf(site, 'ada', { asset: 'vault', at: morning + seconds, factors: pin === undefined ? {} : { pin } })

  test('T09: a charged try counts as the wrong PIN that it may be', () => {
    let state = initialState()
    for (let second = 0; second < 7; second++) {
      const charged = chargePinTry(site, state, 'c1', morning + second)
      state = step(world, state, vault('wrong', second)).state
      expect(charged.pins).toEqual(state.pins)
    }
    expect(state.pins).toEqual({ c1: { wrong: 0, lockedUntil: morning + 4 + 900 } })
  })

  test('T09: a power cut after the charge costs a try, whatever was typed', () => {
    let state = initialState()
    for (let second = 0; second < 5; second++) state = chargePinTry(site, state, 'c1', morning + second)
    expect(reasonsOf(world, state, vault('ok', 10))).toEqual(['factor-locked(2026-11-24T08:15:04Z)'])
  })

  test('a right or duress PIN forgets the wrong ones', () => {
    const wrong = run([vault('wrong', 0), vault('wrong', 1)])
    expect(step(world, wrong, vault('ok', 2)).state.pins).toEqual({})
    expect(step(world, wrong, vault('duress', 2)).state.pins).toEqual({})
    expect(step(world, wrong, vault(undefined, 2)).state.pins).toEqual({ c1: { wrong: 2 } })
  })

  test('the transponder’s own count, used up, locks until a person resets it', () => {
    expect(reasonsOf(world, initialState(), { ...vault('ok', 0), pinUsedUp: true })).toEqual(['factor-locked(never)'])
  })

  test('a clock set back into a lock finds it locked', () => {
    const locked = run([0, 1, 2, 3, 4].map(second => vault('wrong', second)))
    const after = step(world, locked, vault('ok', 1000)).state
    expect(reasonsOf(world, after, vault('ok', 100))).toEqual(['factor-locked(2026-11-24T08:15:04Z)'])
  })
})

describe('direct grants with sequence and grace', () => {
  const grant: DirectGrant = {
    id: 'g1',
    on: [{ asset: 'vault' }],
    may: ['open'],
    from: morning - 3600,
    to: morning,
    when: {},
  }
  const tap = (grants: Partial<DirectGrant>, seconds: number, offline = false) => {
    const event = tapOf(site, 'zoe', { asset: 'vault', at: morning + seconds, offline, factors: { pin: 'ok' } })
    return {
      ...event,
      claims: { ...(event.claims as NonNullable<typeof event.claims>), directGrants: [{ ...grant, ...grants }] },
    }
  }

  test('a higher sequence that was accepted ends the lower one, at the instant of its first tap', () => {
    const first = step(world, initialState(), tap({ sequence: 4 }, -100))
    expect(shown(first)).toMatchObject({ decision: 'permit', by: 'g1' })
    const second = step(world, first.state, tap({ id: 'g2', sequence: 5 }, -60))
    expect(shown(second)).toMatchObject({ decision: 'permit', by: 'g2' })
    expect(reasonsOf(world, second.state, tap({ sequence: 4 }, -30))).toEqual(['expired(2026-11-24T07:59:00Z)'])
  })

  test('a sequence that was only shown, not accepted, ends nothing', () => {
    const early = step(world, initialState(), tap({ id: 'g2', sequence: 5, from: morning + 10, to: morning + 20 }, -60))
    expect(shown(early).decision).toBe('deny')
    expect(shown(step(world, early.state, tap({ sequence: 4 }, -30))).decision).toBe('permit')
  })

  test('grace lengthens once, and only off line', () => {
    const online = tap({ grace: 600 }, 60)
    expect(reasonsOf(world, initialState(), online)).toEqual(['expired(2026-11-24T08:00:00Z)'])
    const first = step(world, initialState(), tap({ grace: 600 }, 60, true))
    expect(shown(first)).toMatchObject({ decision: 'permit', by: 'g1' })
    expect(reasonsOf(world, first.state, tap({ grace: 600 }, 90, true))).toEqual(['expired(2026-11-24T08:00:00Z)'])
    expect(reasonsOf(world, initialState(), tap({ grace: 600 }, 600, true))).toEqual(['expired(2026-11-24T08:00:00Z)'])
  })
})

describe('commands on people', () => {
  const gate = (credential: string, seconds: number) => {
    const event = tapOf(site, 'ben', { asset: 'gate', at: morning + seconds })
    return { ...event, claims: { ...(event.claims as NonNullable<typeof event.claims>), credential } }
  }
  const part = { ...world, listsPeople: false, site: { ...site, people: {} } }

  test('a person whom the bundle does not list is suspended by the reference', () => {
    const { state } = step(part, initialState(), { type: 'suspend', at: morning, person: 'ben' })
    expect(reasonsOf(part, state, gate('c3', 1))).toEqual(['suspended'])
    expect(reasonsOf(part, state, gate('c9', 1))).toEqual(['suspended'])
    const one = step(part, state, { type: 'resume', at: morning, credential: 'c9' }).state
    expect([reasonsOf(part, one, gate('c9', 2)), reasonsOf(part, one, gate('c3', 2))]).toEqual([
      ['permitted'],
      ['suspended'],
    ])
    const again = step(part, one, { type: 'suspend', at: morning, person: 'ben' }).state
    expect(reasonsOf(part, again, gate('c9', 3))).toEqual(['suspended'])
  })

  test('a revocation is for good, by whatever command or list', () => {
    const revoked = step(part, initialState(), { type: 'revoke', at: morning, person: 'ben' }).state
    const resumed = step(part, revoked, { type: 'resume', at: morning, credential: 'c3' }).state
    expect(reasonsOf(part, resumed, gate('c3', 1))).toEqual(['revoked'])
    const listed = { ...part, credentialStates: { c3: 'revoked' } as const }
    const lifted = step(listed, initialState(), { type: 'resume', at: morning, credential: 'c3' }).state
    expect(reasonsOf(listed, lifted, gate('c3', 1))).toEqual(['revoked'])
    const later = step(listed, lifted, { type: 'bundle', at: morning, world: part }).state
    expect(reasonsOf(part, later, gate('c3', 1))).toEqual(['revoked'])
  })
})

describe('second persons', () => {
  const lock = siteOf({
    assets: { x: { kind: 'k', functions: ['use'] } },
    roles: { op: {} },
    people: { ada: { roles: 'op', credentials: { c1: {} } }, ben: { roles: 'op', credentials: { c2: {} } } },
    robots: { rob: { roles: 'op', credentials: { r1: {} } } },
    permissions: [{ id: 'two', who: 'op', on: 'x', may: 'use', when: { factors: 'second-person' } }],
  })
  const use = (who: string, seconds: number) =>
    tapOf(lock, who, { asset: 'x', function: 'use', id: `${who}${seconds}`, at: morning + seconds })

  test('a robot that a person accompanies uses that person’s tap up, and accompanies nobody', () => {
    const first = step({ site: lock }, initialState(), use('ada', 0))
    const robot = step({ site: lock }, first.state, use('rob', 5))
    expect(shown(robot)).toMatchObject({ decision: 'permit', with: 'ada' })
    expect(reasonsOf({ site: lock }, robot.state, use('ben', 6))).toEqual(['factor-required(second-person)'])
  })

  test('a tap that lies in the future of a clock set back is not in the window', () => {
    const first = step({ site: lock }, initialState(), use('ada', 100))
    expect(reasonsOf({ site: lock }, first.state, use('ben', 90))).toEqual(['factor-required(second-person)'])
    expect(shown(step({ site: lock }, first.state, use('ben', 130)))).toMatchObject({ with: 'ada' })
  })
})

describe('what is unknown', () => {
  test('an asset called like a member of every object is unknown', () => {
    expect(reasonsOf(world, initialState(), tapOf(site, 'ada', { asset: 'constructor' }))).toEqual(['no-permission'])
  })

  test('a function that the asset does not have has no permission', () => {
    expect(reasonsOf(world, initialState(), tapOf(site, 'ada', { asset: 'mill' }))).toEqual(['no-permission'])
  })

  test('without claims nobody is known', () => {
    const tap = { type: 'tap', at: morning, id: 'x', asset: 'gate' } as const
    expect(reasonsOf(world, initialState(), tap)).toEqual(['unknown-credential'])
  })

  test('an outcome of an unknown tap changes nothing', () => {
    const state = initialState()
    expect(step(world, state, { type: 'outcome', at: morning, of: 'nobody', outcome: 'entered' }).state).toBe(state)
  })

  test('a distance that is no number is too far', () => {
    const near = siteOf({
      assets: { x: { kind: 'k', functions: ['use'] } },
      people: { ada: { credentials: { c: {} } } },
      permissions: [{ who: 'ada', on: 'x', may: 'use', when: { within: 2 } }],
    })
    const tap = (distance: number) =>
      tapOf(near, 'ada', { asset: 'x', function: 'use', position: { at: morning, zones: [], distance } })
    expect(reasonsOf({ site: near }, initialState(), tap(Number.NaN))).toEqual(['too-far'])
    expect(reasonsOf({ site: near }, initialState(), tap(2))).toEqual(['permitted'])
  })
})

describe('a module’s own view', () => {
  test('its own autonomy counts, also for what it does not guard', () => {
    const guarded = {
      site: { ...site, modules: { m: { name: 'm', guards: ['gate'], autonomy: 60, keyGroup: 'main', readers: {} } } },
      module: 'm',
    }
    const { state } = step(guarded, initialState(), { type: 'contact', at: morning - 61 })
    expect(reasonsOf(guarded, state, tapOf(site, 'ada', { asset: 'elsewhere' }))).toEqual([
      'autonomy-exceeded',
      'no-permission',
    ])
  })

  test('commands and contacts of doors elsewhere outlive a bundle that does not name them', () => {
    const part = {
      site: { ...site, people: {}, interlocks: [{ id: 'i', doors: ['gate', 'other'] }] },
      listsPeople: false,
    }
    const events: readonly Event[] = [
      { type: 'lockdown', at: morning, on: { area: 'later' }, active: true },
      { type: 'door', at: morning, asset: 'other', state: 'unknown' },
      { type: 'bundle', at: morning, world: part },
    ]
    const state = events.reduce((before, event) => step(part, before, event).state, initialState())
    expect(state).toMatchObject({ lockdowns: [{ area: 'later' }], doors: { other: 'unknown' } })
    expect(reasonsOf(part, state, tapOf(site, 'ben', { asset: 'gate' }))).toEqual(['interlock-open'])
  })

  test('firstPersonIn and escorts know people by their own taps', () => {
    const part = { site: { ...site, people: {} }, listsPeople: false }
    const opened = [
      tapOf(site, 'ben', { asset: 'gate', id: 'b' }),
      { type: 'outcome', at: morning + 1, of: 'b', outcome: 'entered' } as const,
    ].reduce((before, event) => step(part, before, event).state, initialState())
    expect(reasonsOf(part, initialState(), tapOf(site, 'ada', { asset: 'gate' }))).toEqual(['escort-required'])
    expect(reasonsOf(part, opened, tapOf(site, 'ada', { asset: 'gate' }))).toEqual(['permitted'])
  })
})

describe('what a record needs', () => {
  test('the trace names what was read, with its age, once', () => {
    const traced = siteOf({
      context: { 'gas.ppm': { type: 'double', maxAge: '30s' } },
      schedules: { day: { from: '06:00', to: '20:00' } },
      assets: { x: { kind: 'k', functions: ['use'] } },
      people: { ada: { credentials: { c: {} } } },
      permissions: [
        { who: 'ada', on: 'x', may: 'use', when: { schedule: 'day', context: 'gas.ppm < 5.0', quota: { uses: 3 } } },
        { who: 'ada', on: 'x', may: 'use', when: { context: 'gas.ppm < 9.0' } },
      ],
    })
    const { state } = step({ site: traced }, initialState(), {
      type: 'context',
      at: morning - 12,
      asset: 'x',
      values: { 'gas.ppm': 4.5 },
    })
    const tap = tapOf(traced, 'ada', { asset: 'x', function: 'use', position: { at: morning - 3, zones: ['secret'] } })
    expect(step({ site: traced }, state, tap).decision?.trace).toEqual([
      { what: 'position', value: '3 s old' },
      { what: 'schedule day', value: 'holds' },
      { what: 'gas.ppm', value: '4.5, 12 s old' },
      { what: 'uses (total)', value: '0 of 3' },
    ])
    const later = step({ site: traced }, state, { ...tap, at: morning + 60 }).decision
    expect(later?.trace).toContainEqual({ what: 'gas.ppm', value: '4.5, 72 s old, too old' })
  })

  test('an instant in a gap or fold prints as any other', () => {
    const tap = tapOf(site, 'ada', { asset: 'gate', at: at('2026-10-25T01:30:00Z') })
    expect(reasonsOf(world, initialState(), tap)).toEqual(['escort-required'])
  })
})

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFrozen(member)
  }
  return value
}
