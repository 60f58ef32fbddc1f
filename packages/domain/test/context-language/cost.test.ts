import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate, evaluateMetered } from '../../src/context-language/evaluate.ts'
import { stepsANode } from '../../src/context-language/meter.ts'
import { parseExpression } from '../../src/context-language/parse.ts'
import type { Value } from '../../src/context-language/value.ts'
import { costlyExpressions } from './random-expressions.ts'

/** 200 nodes, each with its own. */
const maxSteps = 200 * (stepsANode + 1)

type Names = Readonly<Record<string, Value>>

function metered(source: string, names: Names) {
  const parsed = parseExpression(source)
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`)
  return evaluateMetered(parsed.ast, name => (Object.hasOwn(names, name) ? names[name] : undefined))
}

/** A list that counts how often one of its items is read. */
function counted(items: readonly Value[], reads: { count: number }): readonly Value[] {
  return new Proxy(items, {
    get(list, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads.count += 1
      return Reflect.get(list, name)
    },
  })
}

test('T43: whatever is accepted takes a bounded number of steps, however long the texts and lists are that it meets', () => {
  const lengths = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(5_000, 50_000))
  fc.assert(
    fc.property(costlyExpressions, lengths, lengths, fc.boolean(), (source, long, many, p) => {
      fc.pre(parseExpression(source).ok)
      const reads = { count: 0 }
      const items = Array.from({ length: many }, (_, i) => (i % 2 === 0 ? 'a' : 'aa'))
      const { steps } = metered(source, {
        ...{ s: 'a'.repeat(long), t: `${'a'.repeat(long)}b`, p, q: !p },
        ...{ k: counted(items, reads), l: counted([...items, 'b'], reads) },
      })
      expect(steps).toBeLessThanOrEqual(maxSteps)
      // What was done is what was counted: every read was paid for, and then some.
      expect(reads.count).toBeLessThanOrEqual(steps)
    }),
    { numRuns: 400 },
  )
})

const grown = (count: number, operand: string): string => Array.from({ length: count }, () => operand).join('+')

test.each<[string, string, Names]>([
  ['a search of each with each', '(s).contains(t)', { s: 'a'.repeat(20_000), t: `b${'a'.repeat(10_000)}` }],
  ['a list that grows by itself', `size(${grown(99, 'k')}) > 0`, { k: Array.from({ length: 5_000 }, () => 'a') }],
  ['a text that grows by itself', `size(${grown(99, 's')}) > 0`, { s: 'a'.repeat(5_000) }],
  ['lists in lists', `[${'k,'.repeat(48)}k] == [${'k,'.repeat(48)}k]`, { k: Array.from({ length: 5_000 }, () => 'a') }],
  [
    'a list among lists',
    `k in [${'l,'.repeat(98)}l]`,
    { k: Array(5_000).fill('a'), l: [...Array(4_999).fill('a'), 'b'] },
  ],
  ['an order of long texts', 's < t', { s: 'a'.repeat(100_000), t: 'a'.repeat(100_000) }],
])('T43: %s is accepted, costs no more than it may, and then has no value', (_, source, names) => {
  const { value, steps } = metered(source, names)
  expect(value).toBeUndefined()
  expect(steps).toBeLessThanOrEqual(maxSteps)
})

test('T43: what ordinary rules ask of ordinary values is far below the bound', () => {
  const roles = Array.from({ length: 200 }, (_, i) => `role-${i}`)
  const groups = Array.from({ length: 2_000 }, (_, i) => `group-${i}`)
  const state = 'x'.repeat(256)
  const names = { 'holder.roles': roles, 'holder.groups': groups, 'machine.state': state, 'gas.level': 4.5 }
  for (const source of [
    "'role-199' in holder.roles && gas.level < 5.0",
    "'nobody' in holder.groups || 'nobody' in holder.roles",
    `(machine.state).contains('${'y'.repeat(200)}')`,
    'size(holder.roles + holder.groups) > 10',
  ]) {
    const { value, steps } = metered(source, names)
    expect(typeof value).toBe('boolean')
    expect(steps).toBeLessThan(maxSteps / 10)
  }
})

test('T43: what is out of steps absorbs as every error does', () => {
  const names = { s: 'a'.repeat(20_000), t: `b${'a'.repeat(10_000)}`, yes: true, no: false }
  const parsed = parseExpression('((s).contains(t) || yes) && !((s).contains(t) && no)')
  if (!parsed.ok) throw new Error(parsed.message)
  expect(evaluate(parsed.ast, name => names[name as keyof typeof names])).toBe(true)
})

test.each([
  ["m.matches('^(a+)+$')", 'matches'],
  ['l.all(x, l.all(y, x == y))', 'all'],
  ['l.exists(x, x > 1)', 'exists'],
  ['l.map(x, l.map(y, x))', 'map'],
  ['l.filter(x, true)', 'filter'],
  ['dyn(l)', 'dyn'],
])('T43: %s is refused, and the refusal names the part', (source, part) => {
  expect(parseExpression(source)).toMatchObject({
    ok: false,
    code: 'cel-refused',
    message: expect.stringContaining(part),
  })
})
