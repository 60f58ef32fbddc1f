import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/decision/events.ts'
import { initialState, type State } from '../../src/decision/state.ts'
import { step } from '../../src/decision/step.ts'
import { at, morning, reasonsOf, siteOf, tapOf } from './site-of.ts'

const site = siteOf({
  criticality: { 1: { autonomy: '90d' } },
  context: { level: { type: 'int' } },
  assets: { gate: { kind: 'door' }, vault: { kind: 'door' }, pair: { kind: 'door' }, sensor: { kind: 'door' } },
  people: { ada: {}, ben: { credentials: { c1: {} } } },
  permissions: [
    { id: 'p', who: 'everyone', on: 'gate', may: 'open' },
    { id: 'v', who: 'everyone', on: 'vault', may: 'open', when: { factors: 'pin' } },
    { id: 's', who: 'everyone', on: 'pair', may: 'open', when: { factors: 'second-person' } },
    { id: 'c', who: 'everyone', on: 'sensor', may: 'open', when: { context: 'level == -9223372036854775808' } },
  ],
})
const world = { site }

const run = (events: readonly Event[], state: State = initialState()): State =>
  events.reduce((before, event) => step(world, before, event).state, state)

describe('autonomy: a module has 30 days where no other is named. site.md §2, §6.2 step 4', () => {
  const contact = run([{ type: 'contact', at: at('2026-10-01T00:00:00Z') }])

  test('an asset that no module guards', () => {
    expect(reasonsOf(world, contact, tapOf(site, 'ada', { asset: 'gate' }))).toEqual(['autonomy-exceeded'])
  })

  test('an asset that nobody knows: it has no level, but the module has its autonomy', () => {
    expect(reasonsOf(world, contact, tapOf(site, 'ada', { asset: 'moon' }))).toEqual([
      'autonomy-exceeded',
      'no-permission',
    ])
  })
})

describe('a person of whom the file names no credential', () => {
  test('is revoked and suspended as one who has some', () => {
    const tap = tapOf(site, 'ada', { asset: 'gate' })
    expect(reasonsOf(world, run([{ type: 'suspend', at: morning, person: 'ada' }]), tap)).toEqual(['suspended'])
    expect(
      reasonsOf(
        world,
        run([
          { type: 'revoke', at: morning, person: 'ada' },
          { type: 'resume', at: morning, person: 'ada' },
        ]),
        tap,
      ),
    ).toEqual(['revoked'])
  })

  test('keeps the count of wrong PINs over a new bundle, until the person is gone', () => {
    const wrong = (person: string): Event => tapOf(site, person, { asset: 'vault', factors: { pin: 'wrong' } })
    const counted = run(['ada', 'ben'].map(wrong))
    expect(run([{ type: 'bundle', at: morning, world }], counted).pins).toEqual(counted.pins)
    const withoutThem = { site: siteOf({ people: { zoe: {} } }) }
    expect(run([{ type: 'bundle', at: morning, world: withoutThem }], counted).pins).toEqual({})
  })
})

test('an instant earlier than the one before is used as it is: the waiting tap is still there. site.md §7', () => {
  const state = run([
    tapOf(site, 'ada', { asset: 'pair', id: 'first' }),
    tapOf(site, 'ben', { asset: 'gate', id: 'late', at: morning + 30 * 86_400 }),
  ])
  const { decision } = step(world, state, tapOf(site, 'ben', { asset: 'pair', at: morning + 20 }))
  expect(decision).toMatchObject({ decision: 'permit', with: 'ada' })
})

test('the smallest int is an int', () => {
  const tap = tapOf(site, 'ada', { asset: 'sensor', context: { level: -(2 ** 63) } })
  expect(reasonsOf(world, initialState(), tap)).toEqual(['permitted'])
  const above = tapOf(site, 'ada', { asset: 'sensor', context: { level: 2 ** 63 } })
  expect(reasonsOf(world, initialState(), above)).toEqual(['context-failed(context)'])
})

test('an end of a session that never began changes nothing: the way in counts, and what was not used is given back', () => {
  const rules = siteOf({
    areas: { hall: {} },
    assets: { gate: { kind: 'door', in: 'hall' } },
    people: { ada: {} },
    permissions: [{ id: 'q', who: 'ada', on: 'gate', may: 'open', when: { quota: { uses: 1 } } }],
  })
  const outcome = (name: 'session-ended' | 'entered' | 'not-entered'): Event => {
    return { type: 'outcome', at: morning + 1, of: 'ada-tap', outcome: name }
  }
  const after = (name: 'entered' | 'not-entered'): State =>
    [tapOf(rules, 'ada', { asset: 'gate' }), outcome('session-ended'), outcome(name)].reduce<State>(
      (state, event) => step({ site: rules }, state, event).state,
      initialState(),
    )
  expect(after('entered').locations).toMatchObject({ ada: { area: 'hall' } })
  const again = tapOf(rules, 'ada', { asset: 'gate', at: morning + 2, id: 'again' })
  expect(reasonsOf({ site: rules }, after('not-entered'), again)).toEqual(['permitted'])
})
