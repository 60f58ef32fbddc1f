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
