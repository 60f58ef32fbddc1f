import { parseExpression } from '../context-language/parse.ts'
import { withAncestors } from '../decision/areas.ts'
import { matchesObject } from '../decision/matching.ts'
import { own } from '../decision/own.ts'
import type { Area, Asset, Conditions, ObjectRef, Order, OrderType, Schedule, Site, Subject } from '../site.ts'
import type { BundleSite } from './tables.ts'

/** Id of a person or robot → reference. */
type People = Readonly<Record<string, string>>

/**
 * The part of a site that a module needs to decide about its assets, people renamed to their references and listed
 * nowhere. Rules keep their order and ids. site.md §9.
 *
 * Beyond what that list says it has all organisations (anybody's employer may be inactive) and all declarations of context
 * values: a direct grant may name any, and without its declaration a stale value would count.
 */
export function moduleSite(site: Site, module: string, people: People): BundleSite {
  const spec = site.modules[module] as Site['modules'][string]
  const assets = pick(site.assets, spec.guards)
  const rules = rulesFor(site, assets, people)
  const areas = areasFor(site, assets)
  const schedules = pick(site.schedules, [
    ...new Set([...rules.schedules, ...Object.values(assets).flatMap(a => a.passage ?? [])]),
  ])
  const part = {
    site: site.site,
    criticality: site.criticality,
    calendars: pick(site.calendars, calendarsOf(Object.values(schedules))),
    schedules,
    areas: mapRecord(areas, area => renamedArea(area, people)),
    kinds: pick(site.kinds, ['door', ...Object.values(assets).map(({ kind }) => kind)]),
    assets,
    ...(site.context && { context: site.context }),
    modules: { [module]: spec },
    organisations: mapRecord(site.organisations, organisation => ({ ...organisation, name: '' })),
    permissions: rules.permissions,
    prohibitions: rules.prohibitions,
    factorPolicies: rules.factorPolicies,
    positionLogging: rules.positionLogging,
    orders: rules.orders,
    interlocks: site.interlocks.filter(({ doors }) => doors.some(door => Object.hasOwn(assets, door))),
  }
  const subjects = [...rules.subjects, ...Object.values(areas).flatMap(areaSubjects)]
  return {
    ...part,
    roles: readsName(part, 'holder.external') ? keepRecord(site.roles, ({ external }) => external) : {},
    groups: groupsFor(
      site,
      readsName(part, 'holder.groups') ? Object.keys(site.groups) : namedGroups(subjects),
      people,
    ),
  }
}

/** Whether an expression of the part's rules reads a name. */
export function readsName(part: Pick<BundleSite, 'permissions' | 'prohibitions' | 'orders'>, name: string): boolean {
  const conditions: readonly Conditions[] = [
    ...part.permissions,
    ...part.prohibitions,
    ...Object.values(part.orders),
  ].map(({ when }) => when)
  return conditions.some(({ context = [] }) =>
    context.some(({ expression }) => {
      const parsed = parseExpression(expression)
      return parsed.ok && parsed.names.includes(name)
    }),
  )
}

type RuleParts = Pick<BundleSite, 'permissions' | 'prohibitions' | 'factorPolicies' | 'positionLogging' | 'orders'> & {
  readonly subjects: readonly Subject[]
  readonly schedules: readonly string[]
}

/** The rules of which an object covers one of the assets, with those objects alone. */
function rulesFor(site: Site, assets: Site['assets'], people: People): RuleParts {
  const covering = (on: readonly ObjectRef[]): readonly ObjectRef[] =>
    on.filter(object => coversAny(site, assets, object))
  const narrowed = <T extends { readonly who: readonly Subject[]; readonly on: readonly ObjectRef[] }>(
    rules: readonly T[],
  ): readonly T[] =>
    rules
      .map(rule => ({ ...rule, who: renamed(rule.who, people), on: covering(rule.on) }))
      .filter(({ on }) => on.length > 0)
  const permissions = narrowed(site.permissions).map(rule => ({ ...rule, when: renamedWhen(rule.when, people) }))
  const prohibitions = narrowed(site.prohibitions)
  const factorPolicies = narrowed(site.factorPolicies)
  const positionLogging = narrowed(site.positionLogging)
  const orders = ordersFor(site, { permissions, covering, people })
  const conditions: readonly Conditions[] = [...permissions, ...prohibitions, ...Object.values(orders)].map(
    ({ when }) => when,
  )
  const all = [...permissions, ...prohibitions, ...factorPolicies, ...positionLogging, ...Object.values(orders)]
  return {
    permissions,
    prohibitions,
    factorPolicies,
    positionLogging,
    orders,
    subjects: [...all.flatMap(({ who }) => who), ...conditions.flatMap(({ escort = [] }) => escort)],
    schedules: [
      ...conditions.flatMap(({ schedule = [] }) => schedule),
      ...factorPolicies.flatMap(({ when }) => [...(when.schedule ?? []), ...(when.outside ?? [])]),
    ],
  }
}

/** Orders that grant, and those of a type that a condition asks for; closed ones too, since an event may open them. */
function ordersFor(
  site: Site,
  {
    permissions,
    covering,
    people,
  }: {
    readonly permissions: Site['permissions']
    readonly covering: (on: readonly ObjectRef[]) => readonly ObjectRef[]
    readonly people: People
  },
): Site['orders'] {
  const here = Object.entries(site.orders).flatMap(([id, order]) => {
    const on = covering(order.on)
    return on.length === 0 ? [] : [[id, order, on] as const]
  })
  const granting = here.filter(([, order]) => order.grants).map(([, { when }]) => when)
  const asked = new Set<OrderType>(
    [...permissions.map(({ when }) => when), ...granting].flatMap(({ order = [] }) => order),
  )
  return Object.fromEntries(
    here
      .filter(([, order]) => order.grants || asked.has(order.type))
      .map(([id, order, on]) => [id, bareOrder(order, on, people)]),
  )
}

/** An order with what a decision reads of it. */
function bareOrder(
  { place, type, who, may, from, to, state, grants, when }: Order,
  on: readonly ObjectRef[],
  people: People,
): Order {
  return {
    name: '',
    place,
    type,
    who: renamed(who, people),
    on,
    may,
    from,
    to,
    state,
    grants,
    when: renamedWhen(when, people),
  }
}

function coversAny(site: Site, assets: Site['assets'], object: ObjectRef): boolean {
  if ('asset' in object) return Object.hasOwn(assets, object.asset)
  return Object.entries(assets).some(([id, asset]) => matchesObject(site, [object], id, asset))
}

/** On the path of the assets and of both sides of the doors to the top. */
function areasFor(site: Site, assets: Readonly<Record<string, Asset>>): Site['areas'] {
  const places = Object.values(assets).flatMap(asset => [
    asset.in,
    ...(asset.sides === undefined ? [] : [asset.sides.in, asset.sides.out]),
  ])
  return pick(
    site.areas,
    places.flatMap(place => withAncestors(site.areas, place)),
  )
}

const calendarsOf = (schedules: readonly Schedule[]): readonly string[] =>
  schedules.flatMap(({ holidays, windows }) =>
    [holidays, ...windows.map(window => window.holidays)].flatMap(days => days?.calendars ?? []),
  )

const areaSubjects = ({ antiPassback, firstPersonIn = [] }: Area): readonly Subject[] => [
  ...(antiPassback?.exempt ?? []),
  ...firstPersonIn,
]

function renamedArea({ antiPassback, firstPersonIn, ...area }: Area, people: People): Area {
  return {
    ...area,
    ...(antiPassback && { antiPassback: { ...antiPassback, exempt: renamed(antiPassback.exempt, people) } }),
    ...(firstPersonIn && { firstPersonIn: renamed(firstPersonIn, people) }),
  }
}

function renamedWhen(when: Conditions, people: People): Conditions {
  return when.escort === undefined ? when : { ...when, escort: renamed(when.escort, people) }
}

/** Subjects with references in the place of people's ids. Who has no reference has no credential, and drops out. */
function renamed(subjects: readonly Subject[], people: People): readonly Subject[] {
  return subjects.flatMap((subject): readonly Subject[] => {
    const id = 'person' in subject ? subject.person : 'robot' in subject ? subject.robot : undefined
    if (id === undefined) return [subject]
    const reference = own(people, id)
    if (reference === undefined) return []
    return ['person' in subject ? { person: reference } : { robot: reference }]
  })
}

const namedGroups = (subjects: readonly Subject[]): readonly string[] =>
  subjects.flatMap(subject => ('group' in subject ? [subject.group] : []))

/** The groups with the groups that are their members, at any depth; people among the members as references. */
function groupsFor(site: Site, wanted: readonly string[], people: People): Site['groups'] {
  const found = new Set<string>()
  const open = [...wanted]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || !Object.hasOwn(site.groups, id)) continue
    found.add(id)
    open.push(...(site.groups[id]?.members ?? []))
  }
  const isPerson = (id: string): boolean => Object.hasOwn(site.people, id) || Object.hasOwn(site.robots, id)
  return mapRecord(pick(site.groups, [...found]), ({ members }) => ({
    name: '',
    members: members.flatMap(member => (isPerson(member) ? (own(people, member) ?? []) : member)),
  }))
}

/** The named members of a record, in the record's order. */
function pick<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  const wanted = new Set(names)
  return Object.fromEntries(Object.entries(record).filter(([name]) => wanted.has(name)))
}

function keepRecord<T>(
  record: Readonly<Record<string, T>>,
  passes: (value: T) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => passes(value)))
}

function mapRecord<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
