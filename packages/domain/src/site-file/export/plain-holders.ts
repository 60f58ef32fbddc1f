import type { Credential, Person, Site, Validity } from '../../site.ts'
import type { Plain, PlainMap } from './emit.ts'
import { itself, plainListOrNone, plainPeriod, plainRecord, unless } from './plain-values.ts'

export const plainOrganisations = ({ organisations, site }: Site): PlainMap | undefined =>
  plainRecord(organisations, ({ name, validity, active }, id) => ({
    name: unless(name, id),
    validity: validity && plainPeriod(validity, site.timeZone),
    active: unless(active, true),
  }))

export const plainRoles = ({ roles }: Site): PlainMap | undefined =>
  plainRecord(roles, ({ name, external }, id) => ({ name: unless(name, id), external: unless(external, false) }))

export const plainGroups = ({ groups }: Site): PlainMap | undefined =>
  plainRecord(groups, ({ name, members }, id) => ({
    name: unless(name, id),
    members: plainListOrNone(members, itself),
  }))

/** People or robots. */
export const plainHolders = (holders: Site['people'], timeZone: string): PlainMap | undefined =>
  plainRecord(holders, (person, id) => plainPerson(person, id, timeZone))

const plainPerson = (person: Person, id: string, timeZone: string): PlainMap => ({
  name: unless(person.name, id),
  roles: plainListOrNone(person.roles, ({ role, from, to }) => {
    const period = plainPeriod({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, timeZone)
    return from === undefined && to === undefined ? role : { role, ...period }
  }),
  groups: plainListOrNone(person.groups, itself),
  organisation: person.organisation,
  external: unless(person.external, false),
  validity: person.validity && plainPeriod(person.validity, timeZone),
  qualifications: plainRecord(person.qualifications, validity => plainQualification(validity, timeZone)),
  credentials: plainRecord(person.credentials, credential => plainCredential(credential, timeZone)),
  preferences: plainRecord(person.preferences, freeValue),
  extendedTime: unless(person.extendedTime, false),
  host: person.host,
})

function plainQualification(validity: Validity, timeZone: string): Plain {
  const period = plainPeriod(validity, timeZone)
  if (validity.from !== undefined) return period
  return period.to ?? true
}

const plainCredential = ({ type, validity, state }: Credential, timeZone: string): PlainMap => ({
  type: unless(type, 'card'),
  validity: validity && plainPeriod(validity, timeZone),
  state: unless(state, 'active'),
})

/** Preferences are whatever JSON can hold; the parser lets nothing else through. */
function freeValue(value: unknown): Plain {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (Array.isArray(value)) return value.map(freeValue)
  if (typeof value === 'object') return plainRecord({ ...value }, freeValue) ?? {}
  throw new TypeError(`a preference of type ${typeof value} cannot be written in a site file`)
}
