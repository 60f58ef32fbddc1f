/** What must hold in whatever state the plant is: a way out for everybody, and a block for exactly the blocked. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  claimsFromSite,
  type Event,
  formatReason,
  initialState,
  type State,
  step,
  type TapEvent,
} from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const plantFile = resolve(import.meta.dirname, '../../examples/chemical-plant/site.yaml')
const { site: parsed } = parseSiteFile(readFileSync(plantFile, 'utf8'), 'site.yaml')
if (parsed === undefined) throw new Error('the plant is not a good site')
const plant = parsed
const world = { site: plant }

const people = Object.keys(plant.people)
const assets = Object.keys(plant.assets)
const areas = Object.keys(plant.areas)
const safeDoors = assets.filter(id => plant.assets[id]?.kind === 'door' && plant.assets[id]?.failSafe)
const morning = Date.parse('2026-11-24T08:00:00Z') / 1000

const somebody = fc.constantFrom(...people)
const side = fc.constantFrom<'in' | 'out'>('in', 'out')

/** Things that happen in a plant, most of which make it harder to pass: events, once it is known when. */
const happening: fc.Arbitrary<(at: number) => readonly Event[]> = fc.oneof(
  fc.tuple(somebody, fc.constantFrom(...assets), side).map(([person, asset, onSide]) => (at: number) => [
    tapAt({ person, asset, side: onSide, at, id: `tap-${at}` }),
    { type: 'outcome' as const, at: at + 1, of: `tap-${at}`, outcome: 'entered' as const },
  ]),
  fc
    .constantFrom(...areas)
    .map(area => (at: number) => [{ type: 'lockdown' as const, at, on: { area }, active: true }]),
  fc.tuple(fc.constantFrom('revoke' as const, 'suspend' as const), somebody).map(([type, person]) => (at: number) => [
    { type, at, person },
  ]),
  fc
    .constantFrom(...assets)
    .map(asset => (at: number) => [{ type: 'door' as const, at, asset, state: 'open' as const }]),
)

function tapAt(tap: Omit<TapEvent, 'type' | 'claims'> & { readonly person: string }): TapEvent {
  const { person, ...rest } = tap
  const claims = claimsFromSite(plant, { person })
  return { type: 'tap', ...rest, ...(claims && { claims }) }
}

const after = (events: readonly Event[], state: State = initialState()): State =>
  events.reduce((before, event) => step(world, before, event).state, state)

test('T84: in evacuation every door that is to open opens, for everybody, whatever happened before', () => {
  expect(safeDoors.length).toBeGreaterThan(1)
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25 }), fc.boolean(), (happenings, isProven) => {
      const at = morning + 1_000
      const state = after([
        ...happenings.flatMap((events, index) => events(morning + 10 * index)),
        { type: 'evacuation', at, on: 'site', active: true },
      ])
      for (const asset of safeDoors) {
        for (const person of [people[0] as string, 'nobody']) {
          const tap = tapAt({ person, asset, side: 'out', at: at + 1, id: 'out', clock: 'untrusted' })
          const { decision } = step(world, state, { ...tap, proof: isProven ? 'ok' : 'bad' })
          expect(decision?.reasons.map(formatReason)).toEqual(['permitted-emergency'])
        }
      }
    }),
    { numRuns: 100 },
  )
})

/** A door of a small site, by the areas on its two sides. */
const door = fc.record({
  in: fc.constantFrom('a', 'b', 'c'),
  out: fc.constantFrom('outside', 'a', 'b', 'c'),
  egress: fc.constantFrom('free', 'supervised'),
  failSafe: fc.boolean(),
})

test('T84: a site with an area that somebody could be shut in is refused, and no other', () => {
  fc.assert(
    fc.property(fc.array(door, { maxLength: 6 }), doors => {
      const list = doors.filter(({ in: inside, out }) => inside !== out)
      const trapped = ['a', 'b', 'c'].filter(area => {
        const ways = list.filter(each => each.in === area || each.out === area)
        return ways.length > 0 && ways.every(({ egress, failSafe }) => egress === 'supervised' && !failSafe)
      })
      expect(codesOf(siteWithDoors(list)).filter(code => code === 'no-free-egress')).toHaveLength(trapped.length)
    }),
    { numRuns: 300 },
  )
})

function siteWithDoors(doors: readonly { in: string; out: string; egress: string; failSafe: boolean }[]): object {
  const entries = doors.map((each, index) => [
    `d${index}`,
    { kind: 'door', in: each.in, sides: { in: each.in, out: each.out }, egress: each.egress, failSafe: each.failSafe },
  ])
  return {
    edgeward: 1,
    site: { id: 's', timeZone: 'Europe/Zurich' },
    areas: { a: {}, b: {}, c: {} },
    assets: Object.fromEntries(entries),
    modules: { m: { guards: entries.map(([id]) => id) } },
  }
}

function codesOf(site: object): readonly string[] {
  return parseSiteFile(JSON.stringify(site), 'small.yaml').diagnostics.map(({ code }) => code)
}

test('T86: of 5,000 credentials exactly those are refused that were blocked, by the list or one by one', () => {
  const all = Array.from({ length: 5_000 }, (_, index) => ({ id: `made-up-${index}`, mark: (index * 37) % 100 }))
  const claims = claimsFromSite(plant, { person: people[0] as string })
  if (claims === undefined) throw new Error('the plant has nobody')
  fc.assert(
    fc.property(fc.nat(100), fc.nat(3), (listedBelow, revokedAt) => {
      const listed = all.filter(({ mark }) => mark < listedBelow).map(({ id }) => id)
      const revoked = all.filter(({ mark }) => mark >= 96 + revokedAt).map(({ id }) => id)
      const module = { ...world, credentialStates: Object.fromEntries(listed.map(id => [id, 'revoked'] as const)) }
      const state = revoked.reduce(
        (before, credential) => step(module, before, { type: 'revoke', at: morning, credential }).state,
        initialState(),
      )
      const blocked = new Set([...listed, ...revoked])
      const refused = all.filter(({ id }) => {
        const tap = {
          type: 'tap',
          at: morning,
          id,
          asset: assets[0] as string,
          claims: { ...claims, credential: id },
        } as const
        return step(module, state, tap).decision?.reasons.some(({ code }) => code === 'revoked')
      })
      expect(refused.map(({ id }) => id).sort()).toEqual([...blocked].sort())
    }),
    {
      numRuns: 4,
      examples: [
        [0, 3],
        [100, 0],
      ],
    },
  )
})
