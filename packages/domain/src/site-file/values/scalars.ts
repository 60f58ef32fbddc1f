import { type Reader, wrongType } from '../fields.ts'
import { maxNameCharacters } from '../limits.ts'
import { describe, quote } from '../node.ts'
import { nearestName } from '../suggestion.ts'

/** Any text. */
export const text: Reader<string> = (node, scope) => {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value
  return void wrongType(node, scope, 'a text (in quotes if it looks like a number)')
}

/** A text for people: at most 200 characters, nothing invisible that turns it around. T37, site.md §1. */
export const name: Reader<string> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined) return undefined
  const fault = nameFault(value)
  if (fault === undefined) return value
  return void scope.report(node.at, 'bad-value', `this name ${fault}.`)
}

/** What is wrong with a name, as the end of a sentence. */
export function nameFault(value: string): string | undefined {
  if ([...value.slice(0, 2 * maxNameCharacters + 1)].length > maxNameCharacters)
    return `is longer than ${maxNameCharacters} characters; shorten it`
  const hidden = notForPeople.exec(value)
  if (hidden === null) return undefined
  const code = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `has the invisible character U+${code}; remove it`
}

/** Controls, halves of surrogate pairs, and the characters that override or isolate a direction of writing. */
const notForPeople = /[\p{Cc}\p{Cs}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u

export const flag: Reader<boolean> = (node, scope) => {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  return void wrongType(node, scope, 'true or false')
}

/** A whole number in a range, both ends included. */
export const integer =
  ({ min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number }): Reader<number> =>
  (node, scope) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'number' || !Number.isInteger(node.value))
      return void wrongType(node, scope, 'a whole number')
    if (node.value >= min && node.value <= max) return node.value
    const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`
    return void scope.report(node.at, 'out-of-range', `expected a number ${range}, got ${node.value}.`)
  }

/** A number above zero. */
export const positive: Reader<number> = (node, scope) => {
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return void wrongType(node, scope, 'a number')
  if (node.value > 0 && Number.isFinite(node.value)) return node.value
  return void scope.report(node.at, 'out-of-range', `expected a number above 0, got ${node.value}.`)
}

/** One of some words. */
export const choice =
  <T extends string>(...words: readonly T[]): Reader<T> =>
  (node, scope) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string')
      return void wrongType(node, scope, `one of ${words.join(', ')}`)
    const { value } = node
    const word = words.find(known => known === value)
    if (word !== undefined) return word
    const message = `expected one of ${words.join(', ')}, got ${quote(value)}.`
    return void scope.report(node.at, 'bad-value', message, nearestName(value, words))
  }

/** The value `true` and nothing else. */
export const onlyTrue: Reader<true> = (node, scope) => {
  if (node.kind === 'scalar' && node.value === true) return true
  if (node.kind !== 'scalar' || typeof node.value !== 'boolean') return void wrongType(node, scope, 'true')
  return void scope.report(node.at, 'bad-value', `expected true, got ${describe(node)}; leave the key out instead.`)
}
