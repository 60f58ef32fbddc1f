import type { FactorPolicy, Functions, ObjectRef, Permission, Prohibition, Site, Subject } from '../../site.ts'
import { textAt } from '../declared-ids.ts'
import { defined, type Fields, fields, list, type Reader, type Required, required, type Shape } from '../fields.ts'
import { entryOf, itemsOf, type Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { factors } from '../values/factors.ts'
import { id } from '../values/id.ts'
import { functions, objects } from '../values/object.ts'
import { prose } from '../values/prose.ts'
import { reference } from '../values/reference.ts'
import { choice, flag } from '../values/scalars.ts'
import { subjects } from '../values/subject.ts'
import { checkFunction } from './assets.ts'
import { permissionConditions, policyConditions, prohibitionConditions } from './conditions.ts'
import type { Coverage } from './coverage.ts'

/** What rules need to know of the rest of the file. */
export interface RuleParts {
  readonly coverage: Coverage
  /** Whether a subject can be an external. */
  readonly isExternal: (subject: Subject) => boolean
}

const ruleShape = { id, on: required(objects), may: functions, who: subjects }
type RuleFields = Fields<typeof ruleShape>

interface ObjectsAndFunctions extends Shape {
  readonly on: Required<readonly ObjectRef[]>
  readonly may: Reader<Functions>
}

/** Every function of a rule must be one that some covered asset has. */
export function checkFunctions(read: Fields<ObjectsAndFunctions>, scope: Scope, coverage: Coverage): void {
  const node = read.entry('may')?.value
  const { on, may } = read.values
  const { assets, areas } = scope.ids.sections
  if (assets === undefined || areas === undefined) return
  if (node === undefined || on === undefined || may === undefined || may === 'all' || !read.isSound('on')) return
  const known = coverage.functionsOf(on)
  if (known === undefined) return
  for (const item of itemsOf(node)) {
    if (item.kind === 'scalar' && typeof item.value === 'string' && may.includes(item.value))
      checkFunction(item.value, item.at, { scope, known })
  }
}

/** A list of rules: gives each its id, by default from its place, and reports ids that come twice. site.md §3. */
function rules<T extends { readonly id: string }>(
  defaultName: string,
  rule: (node: Node, scope: Scope, defaultId: string) => T | undefined,
): Reader<readonly T[]> {
  return (node, scope) => {
    const seen = new Set<string>()
    const read: T[] = []
    for (const [index, item] of itemsOf(node).entries()) {
      const made = rule(item, scope, `${defaultName}-${index + 1}`)
      if (made !== undefined) read.push(made)
      const ruleId = made?.id ?? textAt(item, 'id')
      if (ruleId === undefined) continue
      if (seen.has(ruleId)) reportDoubleId(item, scope, ruleId)
      seen.add(ruleId)
    }
    return read
  }
}

function reportDoubleId(node: Node, scope: Scope, ruleId: string): void {
  const written = entryOf(node, 'id')?.value
  const message = `another rule of this section has the id "${ruleId}"; give each its own.`
  scope.report((written ?? node).at, 'duplicate-id', message)
}

const ruleMembers = (
  { values }: RuleFields,
  defaultId: string,
): { id: string; who: readonly Subject[]; on: Permission['on']; may: Functions } => ({
  id: values.id ?? defaultId,
  who: values.who ?? [],
  on: values.on ?? [],
  may: values.may ?? 'all',
})

const obligations = fields({ notice: list(prose), alarm: choice('silent') }, ({ values }) => ({
  notice: values.notice ?? [],
  ...defined({ alarm: values.alarm }),
}))

const permissionShape = {
  ...ruleShape,
  who: required(subjects),
  may: required(functions),
  when: permissionConditions,
  override: flag,
  log: choice('position'),
  obligations,
}

/** The `permissions` section. */
export const permissions = ({ coverage, isExternal }: RuleParts): Reader<Site['permissions']> =>
  rules('permission', (node, scope, defaultId) =>
    fields(permissionShape, (read, inner): Permission => {
      const { values } = read
      checkFunctions(read, inner, coverage)
      warnUnconditional(read, inner, isExternal)
      return {
        ...ruleMembers(read, defaultId),
        when: values.when ?? {},
        override: values.override ?? false,
        obligations: values.obligations ?? { notice: [] },
        ...defined({ log: values.log }),
      }
    })(node, scope),
  )

/** An external who may always come in is rarely meant. site.md §3. */
function warnUnconditional(
  read: Fields<typeof permissionShape>,
  scope: Scope,
  isExternal: RuleParts['isExternal'],
): void {
  const when = read.entry('when')?.value
  const isUnconditional = when === undefined || (when.kind === 'map' && when.entries.length === 0)
  const at = read.entry('who')?.value.at
  if (!isUnconditional || at === undefined || !(read.values.who ?? []).some(isExternal)) return
  const message = 'this lets externals in at any time and without any condition; add a "when", at least an end.'
  scope.warn(at, 'external-unconditional', message)
}

const prohibitionShape = {
  ...ruleShape,
  who: required(subjects),
  may: required(functions),
  when: prohibitionConditions,
}

/** The `prohibitions` section. */
export const prohibitions = ({ coverage }: RuleParts): Reader<Site['prohibitions']> =>
  rules('prohibition', (node, scope, defaultId) =>
    fields(prohibitionShape, (read, inner): Prohibition => {
      checkFunctions(read, inner, coverage)
      return { ...ruleMembers(read, defaultId), when: read.values.when ?? {} }
    })(node, scope),
  )

const policyShape = { ...ruleShape, when: policyConditions, factors: required(factors) }

/** The `factorPolicies` section. */
export const factorPolicies = ({ coverage }: RuleParts): Reader<Site['factorPolicies']> =>
  rules('factor-policy', (node, scope, defaultId) =>
    fields(policyShape, (read, inner): FactorPolicy => {
      checkFunctions(read, inner, coverage)
      const members = ruleMembers(read, defaultId)
      return {
        ...members,
        who: read.values.who ?? [{ everyone: true }],
        when: read.values.when ?? {},
        factors: read.values.factors ?? [],
      }
    })(node, scope),
  )

/** The `positionLogging` section. */
export const positionLogging: Reader<Site['positionLogging']> = list(
  fields({ who: required(subjects), on: required(objects) }, ({ values }) => ({
    who: values.who ?? [],
    on: values.on ?? [],
  })),
)

const doors: Reader<readonly string[]> = (node, scope) => {
  const named = list(reference('assets'))(node, scope)
  if (named !== undefined && new Set(named).size < 2 && itemsOf(node).length === named.length)
    scope.report(node.at, 'out-of-range', 'an interlock needs at least two doors.')
  return named
}

/** The `interlocks` section: every asset in it must be a door. */
export const interlocks = (assets: Site['assets']): Reader<Site['interlocks']> =>
  rules('interlock', (node, scope) =>
    fields({ id: required(id), doors: required(doors) }, (read, inner) => {
      for (const item of itemsOf(read.entry('doors')?.value ?? node)) checkIsDoor(item, inner, assets)
      const { id: interlockId, doors: named } = read.values
      return interlockId === undefined || named === undefined ? undefined : { id: interlockId, doors: named }
    })(node, scope),
  )

function checkIsDoor(node: Node, scope: Scope, assets: Site['assets']): void {
  const asset = node.kind === 'scalar' && typeof node.value === 'string' ? assets[node.value] : undefined
  if (asset === undefined || asset.kind === 'door' || asset.kind === '') return
  scope.report(node.at, 'bad-value', `an interlock is between doors, and this is of kind "${asset.kind}"; take it out.`)
}
