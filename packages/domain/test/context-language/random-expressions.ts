import fc from 'fast-check'

/**
 * Boolean expressions over the bools p and q and the numbers m and n, without `has`: the one function that asks whether
 * there is a value.
 */
export const expressions: fc.Arbitrary<string> = fc.letrec<{ bool: string; int: string }>(tie => ({
  bool: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('p', 'q', 'true', 'false'),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||', '==', '!='), tie('bool')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    fc.tuple(tie('int'), fc.constantFrom('<', '>=', '==', '!='), tie('int')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    fc.tuple(tie('int'), tie('int'), tie('int')).map(([a, b, c]) => `(${a} in [${b}, ${c}])`),
    fc.tuple(tie('bool'), tie('bool'), tie('bool')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie('bool').map(b => `!${b}`),
  ),
  int: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('m', 'n', '0', '1', '2.0'),
    fc.tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int')).map(([l, o, r]) => `(${l} ${o} ${r})`),
  ),
})).bool

/**
 * Expressions of every kind over the texts s and t, the lists k and l and the bools p and q, as costly as the bounds
 * allow: long sums, lists of lists, searches. Not all are accepted.
 */
export const costlyExpressions: fc.Arbitrary<string> = fc.letrec<{ text: string; list: string; bool: string }>(tie => ({
  text: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('s', 't', "'aaaa'", "'b'"),
    fc.array(tie('text'), { minLength: 2, maxLength: 30 }).map(texts => texts.join('+')),
    fc.tuple(tie('bool'), tie('text'), tie('text')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  list: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('k', 'l', '[k,l]', '[s,t]'),
    fc.array(tie('list'), { minLength: 2, maxLength: 30 }).map(lists => lists.join('+')),
    fc.array(fc.oneof(tie('list'), tie('text')), { maxLength: 20 }).map(items => `[${items.join(',')}]`),
  ),
  bool: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('p', 'q', 'has(s)'),
    fc.tuple(tie('text'), fc.constantFrom('<', '==', '!=', '>='), tie('text')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    fc.tuple(tie('list'), fc.constantFrom('==', '!=', 'in'), tie('list')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    fc.tuple(tie('text'), tie('list')).map(([l, r]) => `(${l} in (${r}))`),
    fc
      .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
      .map(([l, f, r]) => `(${l}).${f}(${r})`),
    fc.oneof(tie('text'), tie('list')).map(value => `(size(${value}) > 3)`),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map(([l, o, r]) => `(${l} ${o} ${r})`),
  ),
})).bool
