import type { Site, Subject } from '../../site.ts'

type People = Pick<Site, 'roles' | 'groups' | 'people' | 'robots'>

/**
 * Which subjects of a permission are externals: an external role or person, an organisation, a group with one of these
 * among its members, and `everyone` where there is an external role. site.md §3.
 */
export function externalSubjects(site: People): (subject: Subject) => boolean {
  const isRole = (id: string): boolean => site.roles[id]?.external === true
  const isPerson = (id: string): boolean => {
    const person = site.people[id]
    if (person === undefined) return false
    return person.external || person.organisation !== undefined || person.roles.some(({ role }) => isRole(role))
  }
  const hasExternalRole = Object.values(site.roles).some(role => role.external)
  const groups = externalGroups(site, id => isRole(id) || isPerson(id))
  return subject => {
    if ('everyone' in subject) return hasExternalRole
    if ('organisation' in subject) return true
    if ('role' in subject) return isRole(subject.role)
    if ('person' in subject) return isPerson(subject.person)
    return 'group' in subject && groups.has(subject.group)
  }
}

/** Groups with an external among their members, by their own lists or the person's, in groups of theirs too. */
function externalGroups({ groups, people }: People, isExternal: (id: string) => boolean): ReadonlySet<string> {
  const containing = new Map<string, string[]>()
  for (const [id, { members }] of Object.entries(groups)) {
    for (const member of members) {
      if (groups[member] === undefined) continue
      const known = containing.get(member)
      if (known === undefined) containing.set(member, [id])
      else known.push(id)
    }
  }
  const external = new Set([
    ...Object.keys(groups).filter(id => groups[id]?.members.some(isExternal)),
    ...Object.keys(people).flatMap(id => (isExternal(id) ? (people[id]?.groups ?? []) : [])),
  ])
  const open = [...external]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const outer of containing.get(id) ?? []) {
      if (external.has(outer)) continue
      external.add(outer)
      open.push(outer)
    }
  }
  return external
}
