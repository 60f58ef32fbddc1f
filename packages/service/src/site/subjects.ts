/** Whom and what a rule means, by the site file. Pure. */
import type { ObjectRef, Person, Site, Subject } from '@edgeward/domain'

/** A person or robot by id. */
export function holderOf(site: Site, id: string): Person | undefined {
  return own(site.people, id) ?? own(site.robots, id)
}

/** All people and robots, in the order of the file. */
export function holders(site: Site): readonly (readonly [string, Person])[] {
  return [...Object.entries(site.people), ...Object.entries(site.robots)]
}

/** Everything that is a member of a group, member groups taken apart: roles, people, robots. */
export function membersOf(site: Site, group: string): ReadonlySet<string> {
  const members = new Set<string>()
  const seen = new Set<string>()
  const visit = (id: string): void => {
    if (seen.has(id)) return
    seen.add(id)
    for (const member of own(site.groups, id)?.members ?? []) {
      if (Object.hasOwn(site.groups, member)) visit(member)
      else members.add(member)
    }
  }
  visit(group)
  return members
}

/**
 * Whether a rule's subject means a role: it is named, or a group has it as a member, or a group is made of holders of
 * that role alone (the crews of a shift). `through` is that group.
 */
export function meansRole(site: Site, subject: Subject, role: string): { readonly through: string | null } | undefined {
  if ('everyone' in subject) return { through: null }
  if ('role' in subject) return subject.role === role ? { through: null } : undefined
  if (!('group' in subject)) return undefined
  const members = [...membersOf(site, subject.group)]
  const crew =
    members.length > 0 && members.every(member => holderOf(site, member)?.roles.some(held => held.role === role))
  return members.includes(role) || crew ? { through: subject.group } : undefined
}

/** Whether a rule's subject means a person or robot, whatever the time (site.md §6.3). */
export function meansHolder(site: Site, subject: Subject, id: string): boolean {
  const holder = holderOf(site, id)
  if (holder === undefined) return false
  if ('everyone' in subject) return true
  if ('role' in subject) return holder.roles.some(({ role }) => role === subject.role)
  if ('person' in subject) return subject.person === id
  if ('robot' in subject) return subject.robot === id
  if ('organisation' in subject) return holder.organisation === subject.organisation
  return groupsOf(site, id).includes(subject.group)
}

/** The groups that somebody belongs to, by his own list, by the groups' lists, and by his roles. */
export function groupsOf(site: Site, id: string): readonly string[] {
  const holder = holderOf(site, id)
  if (holder === undefined) return []
  const names = new Set([id, ...holder.roles.map(({ role }) => role), ...holder.groups])
  const groups = Object.keys(site.groups)
  const direct = groups.filter(
    group => holder.groups.includes(group) || [...membersOf(site, group)].some(member => names.has(member)),
  )
  // A group that somebody lists may itself be a member of others.
  return groups.filter(group => direct.includes(group) || direct.some(inner => isInside(site, inner, group)))
}

function isInside(site: Site, inner: string, outer: string): boolean {
  const members = own(site.groups, outer)?.members ?? []
  return (
    members.includes(inner) ||
    members.some(member => Object.hasOwn(site.groups, member) && isInside(site, inner, member))
  )
}

/** The assets that a rule's object means, in the order of the file. */
export function assetsOf(site: Site, on: readonly ObjectRef[]): readonly string[] {
  return Object.keys(site.assets).filter(id => on.some(object => covers(site, object, id)))
}

/** Whether an object of a rule is or contains an asset. */
export function covers(site: Site, object: ObjectRef, id: string): boolean {
  const asset = own(site.assets, id)
  if (asset === undefined) return false
  if ('asset' in object) return object.asset === id
  const inArea = !('area' in object) || areaPath(site, asset.in).includes(object.area)
  return inArea && (object.kind === undefined || object.kind === asset.kind)
}

/** Areas from the top down to this one; empty for `outside`. */
export function areaPath(site: Site, area: string): readonly string[] {
  const path: string[] = []
  for (
    let id: string | undefined = area;
    id !== undefined && Object.hasOwn(site.areas, id);
    id = own(site.areas, id)?.in
  )
    path.unshift(id)
  return path
}

/** External by his own word, his organisation or a role. */
export function isExternal(site: Site, holder: Person): boolean {
  return (
    holder.external ||
    holder.organisation !== undefined ||
    holder.roles.some(({ role }) => own(site.roles, role)?.external === true)
  )
}

/** The module that guards an asset. */
export function guardOf(site: Site, asset: string): string | undefined {
  return Object.entries(site.modules).find(([, { guards }]) => guards.includes(asset))?.[0]
}

/** A member that is really there: ids of a file may be called like things that objects inherit. */
export function own<T>(table: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined
}
