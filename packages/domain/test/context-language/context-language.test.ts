import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/context-language/evaluate.ts'
import { parseExpression } from '../../src/context-language/parse.ts'
import type { Value } from '../../src/context-language/value.ts'
import { expressions } from './random-expressions.ts'

type Names = Readonly<Record<string, Value>>

/** The value of an expression; `error` for the error value. */
function resultOf(source: string, names: Names = {}): Value | 'error' {
  const parsed = parseExpression(source)
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`)
  return evaluate(parsed.ast, name => (Object.hasOwn(names, name) ? names[name] : undefined)) ?? 'error'
}

const codeOf = (source: string): string => {
  const parsed = parseExpression(source)
  return parsed.ok ? 'ok' : parsed.code
}

describe('T43: an expression has limits', () => {
  const times = (text: string, count: number): string => Array.from({ length: count }, () => text).join('')

  test('1,024 characters, counted as characters', () => {
    const padded = (length: number): string => `'${'ä'.repeat(length - 2)}'`
    expect(codeOf(padded(1024))).toBe('ok')
    expect(codeOf(padded(1025))).toBe('cel-cost')
    expect(codeOf(`'${'🏭'.repeat(1022)}'`)).toBe('ok')
    expect(codeOf(`'${'🏭'.repeat(1023)}'`)).toBe('cel-cost')
    expect(codeOf('('.repeat(1_000_000))).toBe('cel-cost')
  })

  test('200 nodes: literals, names, lists, operators, calls', () => {
    expect(codeOf(`1${times('+1', 99)}`)).toBe('ok')
    expect(codeOf(`-1${times('+1', 99)}`)).toBe('ok')
    expect(codeOf(`-1${times('+1', 99)}+a`)).toBe('cel-cost')
    expect(codeOf(`-1${times('+1', 99)} ? a : b`)).toBe('cel-cost')
  })

  test('depth 16: parentheses, brackets, arguments, unary operators, branches', () => {
    expect(codeOf(`${times('(', 16)}1${times(')', 16)}`)).toBe('ok')
    expect(codeOf(`${times('(', 17)}1${times(')', 17)}`)).toBe('cel-cost')
    expect(codeOf(`${times('[', 17)}${times(']', 17)}`)).toBe('cel-cost')
    expect(codeOf(`${times('!', 16)}true`)).toBe('ok')
    expect(codeOf(`${times('!', 17)}true`)).toBe('cel-cost')
    expect(codeOf(`${times('size(', 17)}a${times(')', 17)}`)).toBe('cel-cost')
    expect(codeOf(`${times('a ? 1 : ', 16)}2`)).toBe('ok')
    expect(codeOf(`${times('a ? 1 : ', 17)}2`)).toBe('cel-cost')
    expect(codeOf(`${times('(1) + ', 30)}1`)).toBe('ok')
  })

  test('100 items of a list', () => {
    expect(codeOf(`[${times('1,', 99)}1]`)).toBe('ok')
    expect(codeOf(`[${times('1,', 100)}1]`)).toBe('cel-cost')
  })
})

describe('what is no expression', () => {
  test.each([
    'a ==',
    '',
    '1 < 2 < 3',
    'a == b == c',
    'a in b in c',
    'a b',
    '(a',
    'a)',
    '[1,]',
    "'open",
    "'\\x'",
    "'a\nb'",
    'a..b',
    '.a',
    'a & b',
    '1.',
    '1a',
    '9223372036854775808',
    '1e999',
    'size()',
    'size(a, b)',
    'in',
    'a ? b',
    'a?:b',
    '#',
  ])('%j is cel-syntax', source => expect(codeOf(source)).toBe('cel-syntax'))

  test.each([
    "a.matches('x')",
    'a[0]',
    'a[0].b',
    'f(a)',
    'a.size()',
    'int(a)',
    'has(1)',
    'has(a.b == 1)',
    'null',
    '{}',
    "b'x'",
    'r"x"',
    '1u',
    '0x1f',
    '[1].all(x, true)',
    '(a).b',
    '"""a"""',
  ])('%j is cel-refused', source => expect(codeOf(source)).toBe('cel-refused'))

  test('any text is parsed or refused, never thrown at', () => {
    const tokens = fc.constantFrom(
      'a',
      '.',
      '(',
      ')',
      '[',
      ']',
      ',',
      '!',
      '-',
      '+',
      '&&',
      '==',
      '<',
      '?',
      ':',
      '1',
      '1.5',
      "'s'",
      'has',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(tokens, { maxLength: 30 }).map(t => t.join('')),
        ),
        source => {
          expect(['ok', 'cel-syntax', 'cel-refused', 'cel-cost']).toContain(codeOf(source))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

test('names are whole, dotted, and listed once', () => {
  const parsed = parseExpression("has(m.a) && m.a.b.startsWith('x') || m.a > function")
  expect(parsed).toMatchObject({ ok: true, names: ['m.a', 'm.a.b', 'function'] })
})

describe('values', () => {
  test.each<[string, Value | 'error', Names?]>([
    ['1 + 2 * 3', 7n],
    ['10 - 2 - 3', 5n],
    ['-7 / 2', -3n],
    ['-7 % 2', -1n],
    ['7 % -2', 1n],
    ['1 / 0', 'error'],
    ['1 % 0', 'error'],
    ['1.0 / 0.0 > 1e308', true],
    ['5.0 % 2.0', 'error'],
    ['1 + 1.0', 'error'],
    ['9223372036854775807 + 1', 'error'],
    ['-9223372036854775808', -(1n << 63n)],
    ['-(-9223372036854775808)', 'error'],
    ['-9223372036854775808 / -1', 'error'],
    ['3037000500 * 3037000500', 'error'],
    ["'a' + 'b'", 'ab'],
    ["'a' + 1", 'error'],
    ['[1] + [2.0] == [1.0, 2]', true],
    ['1 == 1.0', true],
    ['9007199254740993 == 9007199254740992.0', false],
    ["1 == '1'", false],
    ['true == 1', false],
    ['[[1]] == [[1.0]]', true],
    ['1 < 1.5', true],
    ['true > false', true],
    ["'a' < 1", 'error'],
    ['[1] < [2]', 'error'],
    // by code point, not by UTF-16 unit
    ["'\u{ffff}' < '\u{10000}'", true],
    ["'ab' > 'a'", true],
    ['2 in [1.0, 2.0]', true],
    ["'a' in 'abc'", 'error'],
    ['x in [1]', 'error'],
    ['1 in [1, x]', 'error'],
    ["size('a🏭')", 2n],
    ['size([1, 2, 3])', 3n],
    ['size(1)', 'error'],
    ["'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('')", true],
    ["s.contains('b')", 'error', { s: 1 }],
    ['has(x)', false],
    ['has(x)', true, { x: false }],
    ['!x', 'error'],
    ["!'a'", 'error'],
    ["-'a'", 'error'],
    ['x ? 1 : 2', 'error'],
    ['1 ? 1 : 2', 'error'],
    ['true ? 1 : x', 1n],
    ['false ? x : 2', 2n],
    ['a ? b : c ? d : e', 5n, { a: false, c: false, e: 5n }],
    ['a || b && c', true, { a: true, b: false, c: false }],
    ['!a == b', true, { a: true, b: false }],
    ['1 + 1 in [2]', true],
    [`'it\\'s' == "it's"`, true],
    ['\'\\n\\t\\\\\\"\' == "\\n\\t\\\\\\""', true],
  ])('%s', (source, expected, names = {}) => {
    expect(resultOf(source, names)).toEqual(expected)
  })

  test('and, or absorb errors exactly when one operand decides', () => {
    const operands = { true: true, false: false, error: undefined, other: 'x' } as const
    for (const [leftName, left] of Object.entries(operands)) {
      for (const [rightName, right] of Object.entries(operands)) {
        const names = Object.fromEntries(
          Object.entries({ l: left, r: right }).filter(([, v]) => v !== undefined),
        ) as Names
        const both = [left, right]
        const clean = both.every(v => typeof v === 'boolean')
        const and = both.includes(false) ? false : clean ? true : 'error'
        const or = both.includes(true) ? true : clean ? false : 'error'
        expect([leftName, rightName, resultOf('l && r', names), resultOf('l || r', names)]).toEqual([
          leftName,
          rightName,
          and,
          or,
        ])
      }
    }
  })
})

test('T44: without a value an expression says the same or nothing, never the opposite', () => {
  const values = fc.record<Record<string, Value>>({
    p: fc.boolean(),
    q: fc.boolean(),
    m: fc.bigInt({ min: -3n, max: 3n }),
    n: fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.double({ min: -3, max: 3, noNaN: true })),
  })
  fc.assert(
    fc.property(expressions, values, fc.subarray(['p', 'q', 'm', 'n']), (source, names, gone) => {
      fc.pre(parseExpression(source).ok)
      const all = resultOf(source, names)
      const fewer = resultOf(source, Object.fromEntries(Object.entries(names).filter(([name]) => !gone.includes(name))))
      if (fewer !== 'error') expect(fewer).toEqual(all)
    }),
    { numRuns: 2000 },
  )
})
