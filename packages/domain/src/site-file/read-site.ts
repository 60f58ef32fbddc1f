import type { Site } from '../site.ts'
import { checkAreas } from './checks/areas.ts'
import { checkBounds } from './checks/bounds.ts'
import { checkAreaDepth, checkCycles } from './checks/cycles.ts'
import { externalSubjects } from './checks/externals.ts'
import { checkGuards } from './checks/guards.ts'
import { checkCredentialIds, checkSubjectIds } from './checks/ids.ts'
import { defined, type Reader, reportMissingKey, reportUnknownKey } from './fields.ts'
import type { MapNode } from './node.ts'
import type { Scope } from './scope.ts'
import { assets, kinds } from './sections/assets.ts'
import { Bookings } from './sections/bookings.ts'
import { context } from './sections/context.ts'
import { Coverage, type Unsure } from './sections/coverage.ts'
import { criticality, defaultCriticality, header } from './sections/header.ts'
import { modules } from './sections/modules.ts'
import { orders } from './sections/orders.ts'
import { groups, organisations, people, robots, roles } from './sections/people.ts'
import { areas, zones } from './sections/places.ts'
import { factorPolicies, interlocks, permissions, positionLogging, prohibitions } from './sections/rules.ts'
import { calendars, schedules } from './sections/schedules.ts'

/** The sections of a site file in the order in which a file is written. site.md §2. */
export const sectionNames = [
  'edgeward',
  'site',
  'criticality',
  'calendars',
  'schedules',
  'areas',
  'kinds',
  'assets',
  'zones',
  'context',
  'modules',
  'organisations',
  'roles',
  'groups',
  'people',
  'robots',
  'orders',
  'permissions',
  'prohibitions',
  'factorPolicies',
  'positionLogging',
  'interlocks',
] as const

export type SectionName = (typeof sectionNames)[number]

/**
 * Reads the sections in the order in which they need each other, then checks what only the whole file can tell. With
 * errors the result is what could be read of the site, and must not be used.
 */
export function readSite(root: MapNode, scope: Scope): Site {
  for (const entry of root.entries) {
    if (!sectionNames.some(name => name === entry.key)) reportUnknownKey(entry, scope, sectionNames)
  }
  const section = <T>(name: SectionName, reader: Reader<T>): T | undefined => {
    const entry = root.entries.find(({ key }) => key === name)
    return entry && reader(entry.value, scope)
  }
  if (!root.entries.some(({ key }) => key === 'site')) reportMissingKey(root.at, scope, 'site')
  const places = readPlaces(section)
  const holders = readHolders(section)
  const coverage = new Coverage(places, places.unsure)
  const ruleParts = { coverage, isExternal: externalSubjects(holders) }
  const site: Site = {
    site: section('site', header) ?? noHeader,
    criticality: section('criticality', criticality) ?? defaultCriticality,
    calendars: places.calendars,
    schedules: places.schedules,
    areas: places.areas,
    kinds: places.kinds,
    assets: places.assets,
    zones: section('zones', zones) ?? none(),
    ...defined({ context: section('context', context) }),
    modules: section('modules', modules) ?? none(),
    ...holders,
    orders: section('orders', orders({ coverage, bookings: new Bookings(places) })) ?? none(),
    permissions: section('permissions', permissions(ruleParts)) ?? [],
    prohibitions: section('prohibitions', prohibitions(ruleParts)) ?? [],
    factorPolicies: section('factorPolicies', factorPolicies(ruleParts)) ?? [],
    positionLogging: section('positionLogging', positionLogging) ?? [],
    interlocks: section('interlocks', interlocks(places.assets)) ?? [],
  }
  checkWhole(root, scope, site)
  return site
}

type ReadSection = <T>(name: SectionName, reader: Reader<T>) => T | undefined

type Places = Pick<Site, 'calendars' | 'schedules' | 'areas' | 'kinds' | 'assets'> & {
  readonly unsure: Unsure
}

function readPlaces(section: ReadSection): Places {
  const readCalendars = section('calendars', calendars) ?? none()
  const readAreas = section('areas', areas) ?? none()
  const readKinds = section('kinds', kinds) ?? none()
  const read = section('assets', assets({ kinds: readKinds, areas: readAreas }))
  return {
    calendars: readCalendars,
    schedules: section('schedules', schedules(readCalendars)) ?? none(),
    areas: readAreas,
    kinds: read?.kinds ?? readKinds,
    assets: read?.assets ?? none(),
    unsure: read?.unsure ?? { nature: new Set(), place: new Set() },
  }
}

function readHolders(section: ReadSection): Pick<Site, 'organisations' | 'roles' | 'groups' | 'people' | 'robots'> {
  return {
    organisations: section('organisations', organisations) ?? none(),
    roles: section('roles', roles) ?? none(),
    groups: section('groups', groups) ?? none(),
    people: section('people', people) ?? none(),
    robots: section('robots', robots) ?? none(),
  }
}

function checkWhole(root: MapNode, scope: Scope, site: Site): void {
  checkBounds(root, scope)
  checkSubjectIds(root, scope)
  checkCredentialIds(root, scope)
  checkCycles(root, scope)
  checkAreaDepth(root, scope, site.areas)
  checkGuards(root, scope)
  checkAreas(root, scope, site)
}

const none = <T>(): Record<string, T> => Object.create(null)

const noHeader: Site['site'] = {
  id: '',
  name: '',
  timeZone: 'UTC',
  secondPersonWindow: 0,
  positionMaxAge: 0,
  pinTries: 0,
  pinLock: 0,
}
