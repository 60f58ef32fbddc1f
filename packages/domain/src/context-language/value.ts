import type { Meter } from './meter.ts'

/** A value of the context language: bool, int (bigint), double (number), string, list. Undefined is the error value. */
export type Value = boolean | bigint | number | string | readonly Value[]

/**
 * `==` of the language: numbers by value, equal types by content, different types are not equal. site.md §4. Undefined:
 * more steps than are left.
 */
export function equal(a: Value, b: Value, meter: Meter): boolean | undefined {
  if (!meter.spendItems(1)) return undefined
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && equalLists(a, b, meter)
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length && !meter.spend(a.length))
    return undefined
  return a === b
}

/**
 * -1, 0 or 1 by order; NaN for numbers without one; undefined for types that have no order together, and for more steps
 * than are left.
 */
export function compare(a: Value, b: Value, meter: Meter): number | undefined {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') {
    return meter.spendItems(a.length + b.length) ? compareTexts(a, b) : undefined
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return undefined
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}

function equalLists(a: readonly Value[], b: readonly Value[], meter: Meter): boolean | undefined {
  if (a.length !== b.length) return false
  for (const [index, item] of a.entries()) {
    const same = equal(item, b[index] as Value, meter)
    if (same !== true) return same
  }
  return true
}

/** JavaScript compares an integer with a double by value, without rounding. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1
  if (a > b) return 1
  // biome-ignore lint/suspicious/noDoubleEquals: by value across int and double
  return a == b ? 0 : Number.NaN
}

/** By code point: the order of UTF-8, not that of UTF-16. */
function compareTexts(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return Math.sign(left.length - right.length)
}
