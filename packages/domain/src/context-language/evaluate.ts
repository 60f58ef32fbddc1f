import type { BinaryOperator, Expression, TextFunction } from './ast.ts'
import { Meter } from './meter.ts'
import { compare, equal, type Value } from './value.ts'

/** Tells the value of a name; undefined: there is none. */
export type Lookup = (name: string) => Value | undefined

/** What an expression says and what it cost. */
export interface Evaluation {
  readonly value: Value | undefined
  /** Nodes, and characters and items that they touched: at most `stepsANode` for each node. */
  readonly steps: number
}

/**
 * The value of an expression, site.md §4; undefined is an error (a name without value, a mixture of types, overflow,
 * division by int zero, and an operator that needs more than `stepsANode`). Neither loops nor throws: the parser bounds the nodes,
 * the meter what each of them does with long texts and lists (T43).
 */
export function evaluate(expression: Expression, lookup: Lookup): Value | undefined {
  return evaluateMetered(expression, lookup).value
}

/** The same with its cost, which is the same on every machine. */
export function evaluateMetered(expression: Expression, lookup: Lookup): Evaluation {
  const meter = new Meter()
  const value = resultOf(expression, { lookup, meter })
  return { value, steps: meter.used }
}

interface Run {
  readonly lookup: Lookup
  readonly meter: Meter
}

function resultOf(expression: Expression, run: Run): Value | undefined {
  const { lookup, meter } = run
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'name':
      return lookup(expression.name)
    case 'has':
      return lookup(expression.name) !== undefined
    case 'list':
      return listOf(expression.items.map(item => resultOf(item, run)))
    case 'size':
      return sizeOf(resultOf(expression.argument, run), meter)
    case 'text':
      return textOf(expression.function, resultOf(expression.text, run), resultOf(expression.argument, run), meter)
    case 'unary':
      return expression.operator === '!'
        ? not(resultOf(expression.operand, run))
        : negate(resultOf(expression.operand, run))
    case 'choice': {
      const test = resultOf(expression.test, run)
      if (typeof test !== 'boolean') return undefined
      return resultOf(test ? expression.yes : expression.no, run)
    }
    case 'binary':
      return binary(expression.operator, resultOf(expression.left, run), resultOf(expression.right, run), meter)
  }
}

const minInt = -(1n << 63n)
const maxInt = (1n << 63n) - 1n

function binary(
  operator: BinaryOperator,
  left: Value | undefined,
  right: Value | undefined,
  meter: Meter,
): Value | undefined {
  if (operator === '&&') return absorb(left, right, false)
  if (operator === '||') return absorb(left, right, true)
  if (left === undefined || right === undefined) return undefined
  meter.begin()
  switch (operator) {
    case '==':
      return equal(left, right, meter)
    case '!=':
      return not(equal(left, right, meter))
    case 'in':
      return Array.isArray(right) ? isIn(left, right, meter) : undefined
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, compare(left, right, meter))
    default:
      return arithmetic(operator, left, right, meter)
  }
}

/** Undefined when there are too many items to look at. */
function isIn(left: Value, right: readonly Value[], meter: Meter): boolean | undefined {
  for (const item of right) {
    const same = equal(left, item, meter)
    if (same !== false) return same
  }
  return false
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

function arithmetic(operator: '+' | '-' | '*' | '/' | '%', left: Value, right: Value, meter: Meter): Value | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') return ofInts(operator, left, right)
  if (typeof left === 'number' && typeof right === 'number') return ofDoubles(operator, left, right)
  if (operator !== '+') return undefined
  if (typeof left === 'string' && typeof right === 'string') {
    return meter.spend(left.length + right.length) ? left + right : undefined
  }
  if (!Array.isArray(left) || !Array.isArray(right)) return undefined
  return meter.spendItems(left.length + right.length) ? [...left, ...right] : undefined
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
function sizeOf(value: Value | undefined, meter: Meter): bigint | undefined {
  meter.begin()
  if (typeof value === 'string') return meter.spendItems(value.length) ? BigInt([...value].length) : undefined
  return Array.isArray(value) ? BigInt(value.length) : undefined
}

function textOf(
  name: TextFunction,
  text: Value | undefined,
  argument: Value | undefined,
  meter: Meter,
): boolean | undefined {
  if (typeof text !== 'string' || typeof argument !== 'string') return undefined
  meter.begin()
  if (!meter.spendSearch(text.length + argument.length)) return undefined
  if (name === 'startsWith') return text.startsWith(argument)
  return name === 'endsWith' ? text.endsWith(argument) : text.includes(argument)
}
