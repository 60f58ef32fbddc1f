import type { Credential, Organisation, Person, Site, Validity } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { defined, fields, list, type Reader, record, required, type Shape, wrongType } from '../fields.ts'
import { maxRolesOfPerson } from '../limits.ts'
import type { Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { declares } from '../values/id.ts'
import { instant, reportEmptyPeriod, validity } from '../values/instant.ts'
import { reference } from '../values/reference.ts'
import { choice, flag, name } from '../values/scalars.ts'
import { member, subjectOf } from '../values/subject.ts'

/** The `organisations` section. */
export const organisations: Reader<Site['organisations']> = record(
  (node, scope, id) =>
    fields(
      { name, validity, active: flag },
      ({ values }): Organisation => ({
        name: values.name ?? id,
        active: values.active ?? true,
        ...defined({ validity: values.validity }),
      }),
    )(node, scope),
  { checkKey: declares() },
)

/** The `roles` section. */
export const roles: Reader<Site['roles']> = record(
  (node, scope, id) =>
    fields({ name, external: flag }, ({ values }) => ({ name: values.name ?? id, external: values.external ?? false }))(
      node,
      scope,
    ),
  { checkKey: declares(builtIn.subject) },
)

/** The `groups` section. */
export const groups: Reader<Site['groups']> = record(
  (node, scope, id) =>
    fields({ name, members: list(member) }, ({ values }) => ({
      name: values.name ?? id,
      members: values.members ?? [],
    }))(node, scope),
  { checkKey: declares(builtIn.subject) },
)

type HeldRole = Person['roles'][number]

const longRole: Reader<HeldRole> = fields(
  { role: required(subjectOf('role')), from: instant('from'), to: instant('to') },
  (read, scope) => {
    reportEmptyPeriod(read.values, read.entry('to'), scope)
    const { role, from, to } = read.values
    return role === undefined ? undefined : { role, ...defined({ from, to }) }
  },
)

const heldRole: Reader<HeldRole> = (node, scope) => {
  if (node.kind === 'map') return longRole(node, scope)
  const role = subjectOf('role')(node, scope)
  return role === undefined ? undefined : { role }
}

const heldRoles: Reader<readonly HeldRole[]> = (node, scope) => {
  const held = list(heldRole)(node, scope)
  if (node.kind === 'list' && node.items.length > maxRolesOfPerson)
    scope.report(node.at, 'out-of-range', `a person has at most ${maxRolesOfPerson} roles; use a group.`)
  return held
}

/** `true`, the instant of its end, or a validity. */
const qualification: Reader<Validity> = (node, scope) => {
  if (node.kind === 'map') return validity(node, scope)
  if (node.kind === 'scalar' && node.value === true) return {}
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const to = instant('to')(node, scope)
    return to === undefined ? undefined : { to }
  }
  const message = 'expected true, the instant of its end, or { from, to }; leave out what a person does not have.'
  if (node.kind === 'scalar' && node.value === false) return void scope.report(node.at, 'bad-value', message)
  return void wrongType(node, scope, 'true, an instant or { from, to }')
}

const credential: Reader<Credential> = fields(
  {
    type: choice('card', 'phone', 'watch', 'tag'),
    validity,
    state: choice('active', 'suspended', 'revoked'),
  },
  ({ values }) => ({
    type: values.type ?? 'card',
    state: values.state ?? 'active',
    ...defined({ validity: values.validity }),
  }),
)

/** What the file says, whatever it is; only here are keys free. */
function freeValue(node: Node, scope: Scope): unknown {
  switch (node.kind) {
    case 'scalar':
      if (typeof node.value !== 'number' || Number.isFinite(node.value)) return node.value
      return void scope.report(node.at, 'bad-value', 'a preference cannot be an infinite number; write a text.')
    case 'list':
      return node.items.map(item => freeValue(item, scope))
    case 'map': {
      const free: Record<string, unknown> = Object.create(null)
      for (const { key, value } of node.entries) free[key] = freeValue(value, scope)
      return free
    }
  }
}

const anyKey = (): void => undefined

const preferences: Reader<Person['preferences']> = record<unknown>(
  (node, scope) => (node.kind === 'map' ? freeValue(node, scope) : void wrongType(node, scope, 'a mapping')),
  { checkKey: anyKey },
)

const holderShape = {
  name,
  roles: heldRoles,
  groups: list(subjectOf('group')),
  organisation: reference('organisations'),
  external: flag,
  validity,
  qualifications: record(qualification, { checkKey: declares() }),
  credentials: record(credential, { checkKey: declares() }),
  preferences,
  host: subjectOf('person'),
} satisfies Shape

const holders = (shape: typeof holderShape & { readonly extendedTime?: Reader<boolean> }): Reader<Site['people']> =>
  record(
    (node, scope, id) =>
      fields(
        shape,
        ({ values }): Person => ({
          name: values.name ?? id,
          roles: values.roles ?? [],
          groups: values.groups ?? [],
          external: values.external ?? false,
          qualifications: values.qualifications ?? Object.create(null),
          credentials: values.credentials ?? Object.create(null),
          preferences: values.preferences ?? Object.create(null),
          extendedTime: values.extendedTime ?? false,
          ...defined({ organisation: values.organisation, validity: values.validity, host: values.host }),
        }),
      )(node, scope),
    { checkKey: declares(builtIn.subject) },
  )

/** The `people` section. */
export const people: Reader<Site['people']> = holders({ ...holderShape, extendedTime: flag })
/** The `robots` section: as people, without `extendedTime`. */
export const robots: Reader<Site['robots']> = holders(holderShape)
