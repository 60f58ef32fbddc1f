import { evaluate } from '../context-language/evaluate.ts'
import { type ExpressionResult, parseExpression } from '../context-language/parse.ts'
import type { Value } from '../context-language/value.ts'
import type { ContextDeclaration } from '../site.ts'
import { withAncestors } from './areas.ts'
import { own } from './own.ts'
import type { HolderQuestion } from './question.ts'
import { type ContextValue, contextPlace, type DatedValue } from './state.ts'

/** What an expression says about the tap; undefined is an error. site.md §4. */
export function evaluateFor(question: HolderQuestion, expression: string): Value | undefined {
  const parsed = parsedOnce(expression)
  return parsed.ok ? evaluate(parsed.ast, name => namedValue(question, name)) : undefined
}

/** The state of the machine, `machine.state`, if it is known and a string. */
export function machineState(question: HolderQuestion): string | undefined {
  const state = contextValue(question, 'machine.state')
  return typeof state === 'string' ? state : undefined
}

function namedValue(question: HolderQuestion, name: string): Value | undefined {
  const { claims, holder, point, asset, world } = question
  switch (name) {
    case 'holder.id':
      return own(world.names ?? {}, holder.person) ?? holder.person
    case 'holder.roles':
      return holder.roles
    case 'holder.groups':
      return [...holder.groups]
    case 'holder.external':
      return holder.external
    case 'holder.organisation':
      return claims.organisation ?? ''
    case 'asset.id':
      return point.asset
    case 'asset.kind':
      return asset?.kind
    case 'asset.criticality':
      return asset && BigInt(asset.criticality)
    case 'function':
      return point.function
    default:
      return contextValue(question, name)
  }
}

/** A value by its name: of its declared type and not older than it may be; else missing. */
function contextValue(question: HolderQuestion, name: string): Value | undefined {
  const { site, at, trace } = question
  const found = lookUp(question, name)
  const declaration = own(site.context ?? {}, name)
  const age = found && at - found.at
  const isStale = age !== undefined && declaration?.maxAge !== undefined && age > declaration.maxAge
  const value = found === undefined || isStale ? undefined : typed(found.value, declaration?.type)
  trace.push({ what: name, value: describe(found, { value, age, isStale }) })
  return value
}

/** The tap's own value, then those of the asset, its area and the areas around it, and the site: the first place that has one. */
function lookUp({ tap, asset, point, site, state, at }: HolderQuestion, name: string): DatedValue | undefined {
  const brought = tap.context && own(tap.context, name)
  // A null says that there is no value: no other place may fill it in.
  if (brought !== undefined) return brought === null ? undefined : { value: brought, at }
  const areas = asset === undefined ? [] : withAncestors(site.areas, asset.in)
  const places = [contextPlace({ asset: point.asset }), ...areas.map(area => contextPlace({ area })), contextPlace({})]
  for (const place of places) {
    const found = own(own(state.context, place) ?? {}, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** A sensor number is a double unless declared `int`; another type than declared is no value. */
function typed(value: ContextValue, type: ContextDeclaration['type'] | undefined): Value | undefined {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return undefined
    if (type === undefined || type === 'double') return value
    return type === 'int' && Number.isInteger(value) && value >= -maxInt && value < maxInt ? BigInt(value) : undefined
  }
  const actual = typeof value === 'boolean' ? 'bool' : 'string'
  return type === undefined || type === actual ? value : undefined
}

/** 2^63: a double at or above it is no 64-bit int, the one below zero is. */
const maxInt = 2 ** 63

function describe(
  found: DatedValue | undefined,
  {
    value,
    age = 0,
    isStale,
  }: { readonly value: Value | undefined; readonly age: number | undefined; readonly isStale: boolean },
): string {
  if (found === undefined) return 'missing'
  const shown = `${String(found.value)}, ${Math.floor(age)} s old`
  if (isStale) return `${shown}, too old`
  return value === undefined ? `${shown}, of another type than declared` : shown
}

/** Parsed expressions by their source; the parser bounds their size, this their number. */
const parsedBySource = new Map<string, ExpressionResult>()
const maxParsed = 4096

function parsedOnce(source: string): ExpressionResult {
  let parsed = parsedBySource.get(source)
  if (parsed === undefined) {
    if (parsedBySource.size >= maxParsed) parsedBySource.clear()
    parsed = parseExpression(source)
    parsedBySource.set(source, parsed)
  }
  return parsed
}
