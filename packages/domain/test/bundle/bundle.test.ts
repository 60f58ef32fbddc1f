import { decodeCbor, encodeCbor } from '@edgeward/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BundleError } from '../../src/bundle/bundle-error.ts'
import { type BundleReferences, compileBundle } from '../../src/bundle/compile-bundle.ts'
import { openBundle } from '../../src/bundle/open-bundle.ts'
import type { Event } from '../../src/decision/events.ts'
import { initialState } from '../../src/decision/state.ts'
import { step } from '../../src/decision/step.ts'
import type { Site } from '../../src/site.ts'
import { runsAt } from '../decision/random-events.ts'
import { plant, randomSites, shown, siteOf, tapOf } from '../decision/site-of.ts'

const peopleOf = (site: Site): readonly string[] => [...Object.keys(site.people), ...Object.keys(site.robots)]
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')

interface Names extends BundleReferences {
  readonly credential: (id: string) => string
  readonly person: (id: string) => string
  /** Reference → id. */
  readonly id: (reference: string | undefined) => string | undefined
}

/** References as a service would draw them; here numbers. */
function namesOf(site: Site): Names {
  const people = Object.fromEntries(peopleOf(site).map((id, index) => [id, hex(0xa000 + index, 32)]))
  const entries = peopleOf(site).flatMap(id => Object.entries((site.people[id] ?? site.robots[id])?.credentials ?? {}))
  const credentials = new Map(entries.map(([id], index) => [id, hex(0xb000 + index, 16)]))
  const credential = (id: string): string => credentials.get(id) ?? id
  return {
    people,
    credential,
    person: id => people[id] ?? id,
    id: reference => Object.keys(people).find(id => people[id] === reference),
    credentialStates: Object.fromEntries(entries.map(([id, { state }]) => [credential(id), state])),
  }
}

/** The event as the module sees it: references for people and credentials. */
function asModuleSees(event: Event, names: Names): Event {
  switch (event.type) {
    case 'tap': {
      const { claims } = event
      return claims === undefined
        ? event
        : {
            ...event,
            claims: { ...claims, person: names.person(claims.person), credential: names.credential(claims.credential) },
          }
    }
    case 'forgive':
      return { ...event, person: names.person(event.person) }
    case 'revoke':
    case 'suspend':
    case 'resume':
      return { ...event, ...(event.credential !== undefined && { credential: names.credential(event.credential) }) }
    default:
      return event
  }
}

const plantSite = plant()
const cases = [plantSite, ...randomSites()].flatMap(site => Object.keys(site.modules).map(module => ({ site, module })))

test('deciding on the bundle of a module is deciding on the whole site, reasons and obligations included', () => {
  let permits = 0
  const runs = fc.constantFrom(...cases).chain(({ site, module }) => {
    const guards = site.modules[module]?.guards ?? []
    return fc.record({ site: fc.constant(site), module: fc.constant(module), events: runsAt(site, guards, 25) })
  })
  fc.assert(
    fc.property(runs, ({ site, module, events }) => {
      const names = namesOf(site)
      const part = openBundle(compileBundle(site, module, names))
      let [whole, own] = [initialState(), initialState()]
      for (const event of events) {
        const expected = step({ site }, whole, event)
        const came = step(part, own, asModuleSees(event, names))
        if (expected.decision !== undefined) {
          const seen = shown(came)
          expect({ ...seen, with: names.id(seen.with) }).toEqual(shown(expected))
          if (expected.decision.decision === 'permit') permits++
        }
        ;[whole, own] = [expected.state, came.state]
      }
    }),
    { numRuns: 150 },
  )
  expect(permits).toBeGreaterThan(50)
})

describe('what a bundle holds', () => {
  const bundle = compileBundle(plantSite, 'edge-reactor-2', namesOf(plantSite))
  const text = new TextDecoder().decode(bundle)

  test('no person of the site, by id or by name', () => {
    for (const [id, { name }] of Object.entries(plantSite.people)) {
      expect(text).not.toMatch(new RegExp(`\\b(${id}|${name})\\b`, 'i'))
    }
  })

  test('only its own assets, and the rules about them with their ids and order', () => {
    const { site } = openBundle(bundle)
    expect(Object.keys(site.assets)).toEqual(['reactor-2'])
    const ids = site.permissions.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(0)
    expect(plantSite.permissions.map(({ id }) => id).filter(id => ids.includes(id))).toEqual(ids)
    expect(Object.keys(site.areas)).toEqual(['site', 'production'])
  })

  test('the states of credentials that are not active', () => {
    const states = { [hex(1, 16)]: 'revoked', [hex(2, 16)]: 'active', [hex(3, 16)]: 'suspended' } as const
    const { credentialStates } = openBundle(
      compileBundle(plantSite, 'edge-gate', { people: {}, credentialStates: states }),
    )
    expect(credentialStates).toEqual({ [hex(1, 16)]: 'revoked', [hex(3, 16)]: 'suspended' })
  })

  test('names of everybody only where an expression asks for holder.id', () => {
    const asking = siteOf({
      assets: { a: { kind: 'k', functions: ['use'] }, b: { kind: 'k', functions: ['use'] } },
      modules: { m: { guards: 'a' }, n: { guards: 'b' } },
      people: { ada: { credentials: { c: {} } }, ben: {} },
      permissions: [
        { id: 'by-id', who: 'everyone', on: 'a', may: 'use', when: { context: "holder.id == 'ada'" } },
        { id: 'plain', who: 'ada', on: 'b', may: 'use' },
      ],
    })
    const names = namesOf(asking)
    const world = openBundle(compileBundle(asking, 'm', names))
    expect(world.names).toEqual({ [names.person('ada')]: 'ada', [names.person('ben')]: 'ben' })
    expect(openBundle(compileBundle(asking, 'n', names)).names).toBeUndefined()
    const tap = asModuleSees(tapOf(asking, 'ada', { asset: 'a', function: 'use' }), names)
    expect(shown(step(world, initialState(), tap)).decision).toBe('permit')
  })

  test('groups of groups, and all groups and external roles where an expression asks for them', () => {
    const grouped = siteOf({
      assets: { a: { kind: 'k', functions: ['nested', 'external'] }, b: { kind: 'k', functions: ['listed'] } },
      modules: { m: { guards: 'a' }, n: { guards: 'b' } },
      roles: { guest: { external: true }, plain: {} },
      groups: {
        outer: { members: 'middle' },
        middle: { members: 'inner' },
        inner: { members: ['ada', 'guest'] },
        other: { members: 'ben' },
      },
      people: {
        ada: { credentials: { c1: {} } },
        ben: { credentials: { c2: {} } },
        gus: { roles: 'guest', credentials: { c3: {} } },
      },
      permissions: [
        { id: 'nested', who: 'outer', on: 'a', may: 'nested' },
        { id: 'listed', who: 'everyone', on: 'b', may: 'listed', when: { context: "'other' in holder.groups" } },
        { id: 'external', who: 'everyone', on: 'a', may: 'external', when: { context: 'holder.external' } },
      ],
    })
    const names = namesOf(grouped)
    const worlds = {
      a: openBundle(compileBundle(grouped, 'm', names)),
      b: openBundle(compileBundle(grouped, 'n', names)),
    }
    const permitted = (asset: 'a' | 'b', name: string): readonly string[] =>
      Object.keys(grouped.people).filter(person => {
        const tap = asModuleSees(tapOf(grouped, person, { asset, function: name }), names)
        return step(worlds[asset], initialState(), tap).decision?.decision === 'permit'
      })
    expect(permitted('a', 'nested')).toEqual(['ada', 'gus'])
    expect(permitted('a', 'external')).toEqual(['gus'])
    expect(permitted('b', 'listed')).toEqual(['ben'])
    expect([Object.keys(worlds.a.site.roles), Object.keys(worlds.b.site.roles)]).toEqual([['guest'], []])
    expect(Object.keys(worlds.a.site.groups)).toEqual(['outer', 'middle', 'inner'])
  })

  test('the same site and references give the same bytes, in whatever order they come', () => {
    const names = namesOf(plantSite)
    const turned = {
      people: Object.fromEntries(Object.entries(names.people).toReversed()),
      credentialStates: Object.fromEntries(Object.entries(names.credentialStates).toReversed()),
    }
    for (const module of Object.keys(plantSite.modules)) {
      expect(compileBundle(plantSite, module, turned)).toEqual(compileBundle(plantSite, module, names))
    }
  })

  test('a module that the site does not have is refused', () => {
    expect(() => compileBundle(plantSite, 'constructor', namesOf(plantSite))).toThrow(RangeError)
  })
})

describe('what is refused', () => {
  const bundle = compileBundle(plantSite, 'edge-lab', namesOf(plantSite))
  const codeOf = (bytes: Uint8Array): string => {
    try {
      openBundle(bytes)
      return 'opened'
    } catch (error) {
      if (error instanceof BundleError) return error.code
      throw error
    }
  }

  test('another format version', () => {
    expect(codeOf(Uint8Array.of(0, 2, ...bundle.subarray(2)))).toBe('version')
    expect(codeOf(Uint8Array.of(1, 0, ...bundle.subarray(2)))).toBe('version')
  })

  test('bytes that are cut, longer, or none', () => {
    for (const bytes of [
      new Uint8Array(),
      bundle.subarray(0, 1),
      bundle.subarray(0, -1),
      Uint8Array.of(...bundle, 0),
    ]) {
      expect(codeOf(bytes)).toBe('malformed')
    }
  })

  test('a damaged byte is refused or makes another bundle, and is never thrown at', () => {
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = bundle.slice()
        damaged[place] = (damaged[place] as number) ^ change
        expect(['malformed', 'version', 'opened']).toContain(codeOf(damaged))
      }),
      { numRuns: 300 },
    )
  })

  test('any bytes behind the version', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), bytes => {
        expect(codeOf(Uint8Array.of(0, 1, ...bytes))).toBe('malformed')
      }),
    )
  })

  /** The bundle with one member of a map changed. */
  function altered(path: readonly string[], value: Parameters<typeof encodeCbor>[0] | undefined): Uint8Array {
    const tables = decodeCbor(bundle.subarray(2)) as Map<string, never>
    let map: Map<string, unknown> = tables
    for (const key of path.slice(0, -1)) map = map.get(key) as Map<string, unknown>
    const last = path.at(-1) ?? ''
    if (value === undefined) map.delete(last)
    else map.set(last, value)
    return Uint8Array.of(0, 1, ...encodeCbor(tables))
  }

  test.each<[string, readonly string[], Parameters<typeof encodeCbor>[0] | undefined]>([
    ['an unknown member', ['site', 'extra'], 1],
    ['a missing member', ['site', 'orders'], undefined],
    ['a wrong type', ['site', 'permissions'], 'all'],
    ['an unknown word', ['site', 'site', 'timeZone'], 'Mars/Olympus'],
    ['a module without its section', ['module'], 'edge-gate'],
    ['a rule with an unknown condition', ['site', 'prohibitions'], [new Map([['id', 'x']])]],
    ['a number that is not written in its one form', ['site', 'site', 'pinLock'], new Map([[0, '900.0']])],
    [
      'a key twice',
      ['site', 'roles'],
      [
        ['a', new Map()],
        ['a', new Map()],
      ],
    ],
  ])('%s', (_, path, value) => {
    expect(codeOf(altered(path, value))).toBe('malformed')
  })

  test.each([
    "gas.matches('^(a+)+$')",
    '[1].all(x, [1].all(y, x == y))',
    `${'('.repeat(17)}true${')'.repeat(17)}`,
    `1${'+1'.repeat(120)} > 0`,
    `1 in [${'1,'.repeat(100)}1]`,
    `'${'x'.repeat(1_024)}' == s`,
  ])('T43: what a service that checks nothing lets through reaches no decision (%#)', expression => {
    const asking = siteOf({
      assets: { a: { kind: 'k', functions: ['use'] } },
      modules: { m: { guards: 'a' } },
      permissions: [{ who: 'everyone', on: 'a', may: 'use', when: { context: { safe: 'harmless == 1' } } }],
    })
    const honest = compileBundle(asking, 'm', namesOf(asking))
    expect(codeOf(honest)).toBe('opened')
    const put = (value: unknown): unknown => {
      if (value === 'harmless == 1') return expression
      if (Array.isArray(value)) return value.map(put)
      return value instanceof Map ? new Map([...value].map(([key, member]) => [key, put(member)])) : value
    }
    const hostile = put(decodeCbor(honest.subarray(2))) as Parameters<typeof encodeCbor>[0]
    expect(codeOf(Uint8Array.of(0, 1, ...encodeCbor(hostile)))).toBe('malformed')
  })
})
