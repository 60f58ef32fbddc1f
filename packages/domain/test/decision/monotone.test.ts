import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExpression } from '../../src/context-language/parse.ts'
import type { TapEvent } from '../../src/decision/events.ts'
import { type ContextValue, contextPlace, initialState, type State } from '../../src/decision/state.ts'
import { step } from '../../src/decision/step.ts'
import { expressions } from '../context-language/random-expressions.ts'
import { morning, siteOf, tapOf } from './site-of.ts'

const names = ['p', 'q', 'm', 'n', 'machine.state']

const expression = expressions.filter(source => parseExpression(source).ok)
const conditions = fc.record(
  { context: expression, machineState: fc.subarray(['idle', 'stopped'], { minLength: 1 }) },
  { requiredKeys: [] },
)

/** A press in a hall with rules that look at values alone. */
const sites = fc
  .record({
    permissions: fc.array(conditions, { minLength: 1, maxLength: 2 }),
    prohibitions: fc.array(conditions, { maxLength: 2 }),
  })
  .map(rules => {
    const about = { who: 'ada', on: 'press', may: 'run' }
    return siteOf({
      areas: { hall: {} },
      assets: { press: { kind: 'press', in: 'hall', functions: ['run'] } },
      people: { ada: { credentials: { c: {} } } },
      context: {
        p: { type: 'bool', maxAge: '1m' },
        q: { type: 'bool', maxAge: '1m' },
        m: { type: 'int', maxAge: '1m' },
        n: { type: 'double', maxAge: '1m' },
        'machine.state': { type: 'string', maxAge: '1m' },
      },
      permissions: rules.permissions.map(when => ({ ...about, when })),
      prohibitions: rules.prohibitions.map(when => ({ ...about, when })),
    })
  })

type Values = Readonly<Record<string, ContextValue>>

const values = fc.record(
  {
    p: fc.boolean(),
    q: fc.boolean(),
    m: fc.integer({ min: -3, max: 3 }),
    n: fc.integer({ min: -3, max: 3 }),
    'machine.state': fc.constantFrom('idle', 'stopped', 'running'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Values>

/** What the tap brings hides everything else, so that it seldom brings anything. */
const mostlyNone = fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, values)

const places = fc.record({ asset: values, area: values, site: values })

function stateWith(set: { readonly asset: Values; readonly area: Values; readonly site: Values }): State {
  const dated = (members: Values) =>
    Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value, at: morning - 10 }]))
  const context = {
    [contextPlace({ asset: 'press' })]: dated(set.asset),
    [contextPlace({ area: 'hall' })]: dated(set.area),
    [contextPlace({})]: dated(set.site),
  }
  return { ...initialState(), context }
}

interface Question {
  readonly state: State
  readonly tap: TapEvent
}

/** Without some names anywhere. */
function removed(affected: readonly string[], { state, tap }: Question): Question {
  const kept = <T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => !affected.includes(name)))
  const context = Object.fromEntries(Object.entries(state.context).map(([place, members]) => [place, kept(members)]))
  return { state: { ...state, context }, tap: { ...tap, context: kept(tap.context ?? {}) } }
}

/** With some names an hour older in one place, or in all. */
function aged(affected: readonly string[], { state, tap }: Question, only?: string): Question {
  const context = Object.entries(state.context).map(([place, members]) => {
    const older = Object.entries(members).map(([name, value]) => {
      const isAffected = affected.includes(name) && (only === undefined || only === place)
      return [name, isAffected ? { ...value, at: value.at - 3600 } : value]
    })
    return [place, Object.fromEntries(older)]
  })
  return { state: { ...state, context: Object.fromEntries(context) }, tap }
}

test.each<[string, (affected: readonly string[], question: Question) => Question]>([
  ['removing values', removed],
  ['ageing values', aged],
  [
    'ageing values at the asset alone',
    (affected, question) => aged(affected, question, contextPlace({ asset: 'press' })),
  ],
])('T44: %s never turns a denial into a permit', (_, change) => {
  let denied = 0
  fc.assert(
    fc.property(sites, places, mostlyNone, fc.subarray(names, { minLength: 1 }), (site, set, brought, affected) => {
      const tap = { ...tapOf(site, 'ada', { asset: 'press', function: 'run' }), context: brought }
      const before = { state: stateWith(set), tap }
      const after = change(affected, before)
      const [with_, less] = [before, after].map(
        question => step({ site }, question.state, question.tap).decision?.decision,
      )
      if (with_ === 'deny') expect(less).toBe('deny')
      else if (less === 'deny') denied++
    }),
    { numRuns: 400 },
  )
  // The property says nothing where no value mattered.
  expect(denied).toBeGreaterThan(0)
})
