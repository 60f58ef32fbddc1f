import type { BinaryOperator, Expression, TextFunction } from './ast.ts'
import { compare, equal, type Value } from './value.ts'

/** Tells the value of a name; undefined: there is none. */
export type Lookup = (name: string) => Value | undefined

/**
 * The value of an expression, site.md §4; undefined is an error (a name without value, a mixture of types, overflow,
 * division by int zero). Neither loops nor throws: its cost is the number of nodes, which the parser bounds.
 */
export function evaluate(expression: Expression, lookup: Lookup): Value | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'name':
      return lookup(expression.name)
    case 'has':
      return lookup(expression.name) !== undefined
    case 'list':
      return listOf(expression.items.map(item => evaluate(item, lookup)))
    case 'size':
      return sizeOf(evaluate(expression.argument, lookup))
    case 'text':
      return textOf(expression.function, evaluate(expression.text, lookup), evaluate(expression.argument, lookup))
    case 'unary':
      return expression.operator === '!'
        ? not(evaluate(expression.operand, lookup))
        : negate(evaluate(expression.operand, lookup))
    case 'choice': {
      const test = evaluate(expression.test, lookup)
      if (typeof test !== 'boolean') return undefined
      return evaluate(test ? expression.yes : expression.no, lookup)
    }
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, lookup), evaluate(expression.right, lookup))
  }
}

const minInt = -(1n << 63n)
const maxInt = (1n << 63n) - 1n

function binary(operator: BinaryOperator, left: Value | undefined, right: Value | undefined): Value | undefined {
  if (operator === '&&') return absorb(left, right, false)
  if (operator === '||') return absorb(left, right, true)
  if (left === undefined || right === undefined) return undefined
  switch (operator) {
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case 'in':
      return Array.isArray(right) ? right.some(item => equal(left, item)) : undefined
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, compare(left, right))
    default:
      return arithmetic(operator, left, right)
  }
}

/** `&&` and `||` absorb errors: one operand that decides is enough. A non-bool counts as an error. */
function absorb(left: Value | undefined, right: Value | undefined, deciding: boolean): boolean | undefined {
  if (left === deciding || right === deciding) return deciding
  return typeof left === 'boolean' && typeof right === 'boolean' ? !deciding : undefined
}

function ordered(operator: '<' | '<=' | '>' | '>=', order: number | undefined): boolean | undefined {
  if (order === undefined) return undefined
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function arithmetic(operator: '+' | '-' | '*' | '/' | '%', left: Value, right: Value): Value | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') return ofInts(operator, left, right)
  if (typeof left === 'number' && typeof right === 'number') return ofDoubles(operator, left, right)
  if (operator !== '+') return undefined
  if (typeof left === 'string' && typeof right === 'string') return left + right
  return Array.isArray(left) && Array.isArray(right) ? [...left, ...right] : undefined
}

/** `/` cuts towards zero, `%` has the sign of the left: so do bigints. */
function ofInts(operator: '+' | '-' | '*' | '/' | '%', left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case '+':
      return inRange(left + right)
    case '-':
      return inRange(left - right)
    case '*':
      return inRange(left * right)
    case '/':
      return right === 0n ? undefined : inRange(left / right)
    case '%':
      return right === 0n ? undefined : left % right
  }
}

const inRange = (value: bigint): bigint | undefined => (value < minInt || value > maxInt ? undefined : value)

function ofDoubles(operator: '+' | '-' | '*' | '/' | '%', left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return undefined
  }
}

const not = (value: Value | undefined): boolean | undefined => (typeof value === 'boolean' ? !value : undefined)

function negate(value: Value | undefined): bigint | number | undefined {
  if (typeof value === 'bigint') return inRange(-value)
  return typeof value === 'number' ? -value : undefined
}

function listOf(items: readonly (Value | undefined)[]): readonly Value[] | undefined {
  const values = items.filter(item => item !== undefined)
  return values.length === items.length ? values : undefined
}

/** Characters of a string (code points), or items of a list. */
function sizeOf(value: Value | undefined): bigint | undefined {
  if (typeof value === 'string') return BigInt([...value].length)
  return Array.isArray(value) ? BigInt(value.length) : undefined
}

function textOf(name: TextFunction, text: Value | undefined, argument: Value | undefined): boolean | undefined {
  if (typeof text !== 'string' || typeof argument !== 'string') return undefined
  if (name === 'startsWith') return text.startsWith(argument)
  return name === 'endsWith' ? text.endsWith(argument) : text.includes(argument)
}
