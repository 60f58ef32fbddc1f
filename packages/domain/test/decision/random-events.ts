import fc from 'fast-check'
import { claimsFromSite } from '../../src/decision/claims.ts'
import type { Event, Position, TapEvent } from '../../src/decision/events.ts'
import type { ContextValue } from '../../src/decision/state.ts'
import type { Site } from '../../src/site.ts'

/** A day on which the generated sites of the vectors have something to say, and the plant too. */
const start = Date.parse('2026-11-23T20:00:00Z') / 1000

/** Values for every declared name, of its type and sometimes not. */
const valueFor = (type: string | undefined): fc.Arbitrary<ContextValue> => {
  const right: Readonly<Record<string, fc.Arbitrary<ContextValue>>> = {
    bool: fc.boolean(),
    int: fc.integer({ min: 0, max: 10 }),
    double: fc.integer({ min: 0, max: 200 }).map(tenth => tenth / 10),
    string: fc.constantFrom('idle', 'stopped', 'running'),
  }
  return fc.oneof(
    { weight: 9, arbitrary: right[type ?? 'double'] ?? fc.boolean() },
    { weight: 1, arbitrary: fc.constant('odd') },
  )
}

function valuesOf(site: Site): fc.Arbitrary<Readonly<Record<string, ContextValue>>> {
  const names = Object.entries(site.context ?? {}).map(([name, { type }]) => [name, valueFor(type)] as const)
  return fc.record(Object.fromEntries(names), { requiredKeys: [] }) as fc.Arbitrary<Record<string, ContextValue>>
}

const shown = fc.constantFrom('ok', 'wrong', undefined)

/** Taps of anybody at one of the assets, with claims as the site makes them. */
function tapsAt(site: Site, assets: readonly string[]): fc.Arbitrary<TapEvent> {
  const places = assets.flatMap(asset => (site.assets[asset]?.functions ?? []).map(name => ({ asset, function: name })))
  return fc
    .record({
      place: fc.constantFrom(...places),
      person: fc.constantFrom(...Object.keys(site.people), ...Object.keys(site.robots)),
      side: fc.constantFrom('in', 'in', 'out'),
      pin: fc.constantFrom('ok', 'ok', 'wrong', 'duress', undefined),
      phone: shown,
      reader: shown,
      context: fc.option(valuesOf(site), { nil: undefined }),
      zones: fc.option(fc.subarray(Object.keys(site.zones)), { nil: undefined }),
      distance: fc.integer({ min: 0, max: 6 }),
      epoch: fc.constantFrom(1, 2, undefined),
      proof: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'bad'),
      clock: fc.constantFrom('trusted', 'trusted', 'trusted', 'untrusted'),
    })
    .map(({ place, person, side, pin, phone, reader, context, zones, distance, epoch, proof, clock }): TapEvent => {
      const claims = claimsFromSite(site, { person })
      const position: Position | undefined = zones && { at: start, zones, distance }
      return {
        type: 'tap',
        at: start,
        id: '',
        ...place,
        side: side,
        proof: proof,
        clock: clock,
        factors: {
          ...(pin && { pin: pin }),
          ...(phone && { 'phone-biometric': phone }),
          ...(reader && { 'reader-biometric': reader }),
        },
        ...(claims && { claims: { ...claims, ...(epoch !== undefined && { epoch }) } }),
        ...(context && { context }),
        ...(position && { position }),
      }
    })
}

/** Everything else that happens, as far as it concerns the assets. */
function happenings(site: Site, assets: readonly string[]): fc.Arbitrary<Event> {
  const doors = assets.filter(asset => site.assets[asset]?.kind === 'door')
  const areas = Object.keys(site.areas)
  const people = [...Object.keys(site.people), ...Object.keys(site.robots)]
  const target = fc.oneof(
    fc.constant('site' as const),
    fc.constantFrom(...assets).map(asset => ({ asset })),
    ...(areas.length > 0 ? [fc.constantFrom(...areas).map(area => ({ area }))] : []),
  )
  const orders = Object.keys(site.orders)
  return fc.oneof(
    fc.record({
      type: fc.constant('context' as const),
      at: fc.constant(start),
      asset: fc.constantFrom(...assets),
      values: valuesOf(site),
    }),
    fc.record({ type: fc.constant('context' as const), at: fc.constant(start), values: valuesOf(site) }),
    fc.record({
      type: fc.constantFrom('lockdown' as const, 'evacuation' as const),
      at: fc.constant(start),
      on: target,
      active: fc.constantFrom(true, false, false),
    }),
    fc.record({
      type: fc.constant('forgive' as const),
      at: fc.constant(start),
      person: fc.constantFrom('everyone', ...people),
    }),
    fc.record({ type: fc.constant('epoch' as const), at: fc.constant(start), minimum: fc.constantFrom(0, 1, 2) }),
    fc.record({ type: fc.constant('contact' as const), at: fc.constant(start) }),
    ...(doors.length > 0
      ? [
          fc.record({
            type: fc.constant('door' as const),
            at: fc.constant(start),
            asset: fc.constantFrom(...doors),
            state: fc.constantFrom('open' as const, 'shut' as const, 'unknown' as const),
          }),
        ]
      : []),
    ...(orders.length > 0
      ? [
          fc.record({
            type: fc.constant('order' as const),
            at: fc.constant(start),
            order: fc.constantFrom(...orders),
            state: fc.constantFrom('open' as const, 'closed' as const),
          }),
        ]
      : []),
    fc.record({
      type: fc.constantFrom('suspend' as const, 'resume' as const, 'revoke' as const),
      at: fc.constant(start),
      credential: fc.constantFrom(
        ...people.flatMap(id => Object.keys((site.people[id] ?? site.robots[id])?.credentials ?? {})),
      ),
    }),
  )
}

const outcomes = fc.constantFrom(
  'entered',
  'entered',
  'entered',
  'not-entered',
  'session-started',
  'session-ended',
  'actuator-failed',
)

/** A run: taps with their outcomes, and other events between, some seconds or hours apart. */
export function runsAt(site: Site, assets: readonly string[], maxLength: number): fc.Arbitrary<readonly Event[]> {
  const moment = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ tap: tapsAt(site, assets), outcome: fc.option(outcomes, { nil: undefined }) }),
    },
    { weight: 2, arbitrary: fc.record({ other: happenings(site, assets) }) },
  )
  const wait = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }) },
    fc.integer({ min: 0, max: 3 * 3600 }),
  )
  return fc.array(fc.tuple(moment, wait), { minLength: 3, maxLength, size: 'max' }).map(moments => {
    let at = start
    return moments.flatMap(([what, seconds], index): readonly Event[] => {
      at += seconds
      if ('other' in what) return [{ ...what.other, at }]
      const { tap, outcome } = what
      const position = tap.position && { position: { ...tap.position, at: at - (seconds % 15) } }
      const timed: TapEvent = { ...tap, at, id: `t${index}`, ...position }
      return outcome === undefined ? [timed] : [timed, { type: 'outcome', at: at + 1, of: timed.id, outcome: outcome }]
    })
  })
}
