import type { Asset, Functions, Instant, ObjectRef, Site, Subject } from '../site.ts'
import { liesIn } from './areas.ts'
import type { Holder } from './claims.ts'
import { own } from './own.ts'

/** A holder as rules see him at an instant. */
export interface Identity {
  readonly person: string
  readonly robot: boolean
  /** Held at the instant, in the order of the claims. */
  readonly roles: readonly string[]
  /** All groups: of the claims, those that list the holder or a held role, and groups of groups. */
  readonly groups: ReadonlySet<string>
  readonly organisation?: string
  /** Own flag, an organisation, or a held external role. */
  readonly external: boolean
}

/** The holder at an instant. site.md §6.3; §2, people. */
export function identify(site: Site, holder: Holder, at: Instant): Identity {
  const roles = holder.roles
    .filter(({ from, to }) => (from === undefined || from <= at) && (to === undefined || at < to))
    .map(({ role }) => role)
  const { person, robot, organisation } = holder
  return {
    person,
    robot,
    roles,
    groups: allGroups(site, holder, roles),
    external:
      holder.external || organisation !== undefined || roles.some(role => own(site.roles, role)?.external === true),
    ...(organisation !== undefined && { organisation }),
  }
}

function allGroups(site: Site, holder: Holder, roles: readonly string[]): ReadonlySet<string> {
  const parents = groupParents(site)
  const groups = new Set<string>()
  const found = [...holder.groups, ...[holder.person, ...roles].flatMap(member => parents.get(member) ?? [])]
  for (let group = found.pop(); group !== undefined; group = found.pop()) {
    if (groups.has(group)) continue
    groups.add(group)
    found.push(...(parents.get(group) ?? []))
  }
  return groups
}

/** Whether any of the subjects is this holder. */
export function matchesSubject(subjects: readonly Subject[], who: Identity): boolean {
  return subjects.some(subject => {
    if ('everyone' in subject) return true
    if ('role' in subject) return who.roles.includes(subject.role)
    if ('group' in subject) return who.groups.has(subject.group)
    if ('person' in subject) return subject.person === who.person
    if ('robot' in subject) return subject.robot === who.person
    return subject.organisation === who.organisation
  })
}

/** Whether any of the objects is or covers this asset. */
export function matchesObject(site: Site, objects: readonly ObjectRef[], id: string, asset: Asset): boolean {
  return objects.some(object => {
    if ('asset' in object) return object.asset === id
    if ('area' in object) {
      return liesIn(site.areas, asset.in, object.area) && (object.kind === undefined || object.kind === asset.kind)
    }
    return object.kind === asset.kind
  })
}

export function matchesFunction(may: Functions, name: string): boolean {
  return may === 'all' || may.includes(name)
}

/** Member id → groups that list it, once per site object. */
const parentsBySite = new WeakMap<Site['groups'], ReadonlyMap<string, readonly string[]>>()

function groupParents({ groups }: Site): ReadonlyMap<string, readonly string[]> {
  let parents = parentsBySite.get(groups)
  if (parents === undefined) {
    const lists = new Map<string, string[]>()
    for (const [group, { members }] of Object.entries(groups)) {
      for (const member of members) {
        const list = lists.get(member)
        if (list === undefined) lists.set(member, [group])
        else list.push(group)
      }
    }
    parents = lists
    parentsBySite.set(groups, parents)
  }
  return parents
}
