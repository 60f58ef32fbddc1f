import { givenNames } from '../../context-language/ast.ts'
import { parseExpression } from '../../context-language/parse.ts'
import type { Conditions, OrderType } from '../../site.ts'
import { type Fields, fields, list, type Reader, readFields, required, wrongType } from '../fields.ts'
import { maxExpressionsOfRule } from '../limits.ts'
import { entryOf, type MapNode, type Node, quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { nearestName } from '../suggestion.ts'
import { factors } from '../values/factors.ts'
import { id } from '../values/id.ts'
import { instant, reportEmptyPeriod } from '../values/instant.ts'
import { reference } from '../values/reference.ts'
import { choice, integer, nameFault, positive, text } from '../values/scalars.ts'
import { subjects } from '../values/subject.ts'
import { duration } from '../values/time.ts'

/** The types of orders. */
export const orderType: Reader<OrderType> = choice(
  'work-order',
  'permit-to-work',
  'booking',
  'transport-order',
  'visit',
)

const expression: Reader<string> = (node, scope) => {
  const source = text(node, scope)
  if (source === undefined) return undefined
  const parsed = parseExpression(source)
  if (!parsed.ok) return void scope.report(node.at, parsed.code, `${parsed.message}.`)
  for (const name of parsed.names) checkDeclared(name, node.at, scope)
  return source
}

/** With a `context` section an expression may use only what it declares. site.md §2. */
function checkDeclared(name: string, at: number, scope: Scope): void {
  const declared = scope.ids.contextNames
  if (declared === undefined || declared.has(name) || givenNames.includes(name)) return
  const message = `the value ${quote(name)} is not declared in the section "context"; correct the name or declare it.`
  scope.report(at, 'context-unknown', message, nearestName(name, [...declared, ...givenNames]))
}

type NamedExpressions = NonNullable<Conditions['context']>

const context: Reader<NamedExpressions> = (node, scope) => {
  if (node.kind === 'map') return namedExpressions(node, scope)
  if (node.kind === 'list') return void wrongType(node, scope, 'an expression or a mapping of names to expressions')
  const source = expression(node, scope)
  return source === undefined ? undefined : [{ name: 'context', expression: source }]
}

function namedExpressions(node: MapNode, scope: Scope): NamedExpressions {
  if (node.entries.length > maxExpressionsOfRule)
    scope.report(node.at, 'out-of-range', `a rule has at most ${maxExpressionsOfRule} expressions.`)
  const named: { name: string; expression: string }[] = []
  for (const { key, keyAt, value } of node.entries) {
    const fault = nameFault(key)
    if (fault !== undefined) scope.report(keyAt, 'bad-value', `this name ${fault}.`)
    const source = expression(value, scope)
    if (source !== undefined) named.push({ name: key, expression: source })
  }
  return named
}

const machineState: Reader<readonly string[]> = (node, scope) => {
  checkDeclared('machine.state', node.at, scope)
  return list(text)(node, scope)
}

const quota = fields(
  { uses: required(integer({ min: 1 })), per: choice('day', 'week', 'month', 'total') },
  ({ values }) => (values.uses === undefined ? undefined : { uses: values.uses, per: values.per ?? 'total' }),
)

const defaultBreak = 2 * 3_600
const longRest = fields({ minimum: required(duration), break: duration }, ({ values }) =>
  values.minimum === undefined ? undefined : { minimum: values.minimum, break: values.break ?? defaultBreak },
)
const rest: Reader<NonNullable<Conditions['rest']>> = (node, scope) => {
  if (node.kind === 'map') return longRest(node, scope)
  const minimum = duration(node, scope)
  return minimum === undefined ? undefined : { minimum, break: defaultBreak }
}

const schedules = list(reference('schedules'))

/** Every condition that any rule can have. site.md §3. */
const all = {
  from: instant('from'),
  to: instant('to'),
  schedule: schedules,
  outside: schedules,
  factors,
  zone: list(reference('zones')),
  within: positive,
  context,
  machineState,
  qualification: list(id),
  order: list(orderType),
  escort: subjects,
  quota,
  rest,
}
const { outside, ...ofPermission } = all

/** Conditions of a permission or of a granting order. */
export const permissionConditions: Reader<Conditions> = withPeriod(conditions(ofPermission))

const { from, to, schedule, zone } = all
/** Conditions of a prohibition. */
export const prohibitionConditions: Reader<
  Pick<Conditions, 'schedule' | 'from' | 'to' | 'zone' | 'context' | 'machineState'>
> = withPeriod(conditions({ from, to, schedule, zone, context, machineState }))

/** Conditions of a factor policy. */
export const policyConditions: Reader<{ readonly schedule?: readonly string[]; readonly outside?: readonly string[] }> =
  conditions({ schedule, outside })

/** A reader of conditions of which only some are allowed; a known one that is not is `condition-not-allowed`. */
function conditions<S extends { readonly [K in keyof typeof all]?: (typeof all)[K] }>(
  allowed: S,
): Reader<Fields<S>['values']> {
  return (node, scope) => {
    const read = readFields(withoutOthers(node, scope, allowed), scope, allowed)
    if (read === undefined) return undefined
    return read.values
  }
}

/** Conditions with a period that must not be empty. */
function withPeriod<T extends Pick<Conditions, 'from' | 'to'>>(reader: Reader<T>): Reader<T> {
  return (node, scope) => {
    const read = reader(node, scope)
    if (read !== undefined) reportEmptyPeriod(read, entryOf(node, 'to'), scope)
    return read
  }
}

function withoutOthers(node: Node, scope: Scope, allowed: object): Node {
  if (node.kind !== 'map') return node
  const entries = node.entries.filter(({ key, keyAt }) => {
    if (Object.hasOwn(allowed, key) || !Object.hasOwn(all, key)) return true
    const message = `the condition "${key}" is not possible here; possible are ${Object.keys(allowed).join(', ')}.`
    scope.report(keyAt, 'condition-not-allowed', message)
    return false
  })
  return { ...node, entries }
}
