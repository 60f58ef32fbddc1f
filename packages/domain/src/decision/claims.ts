import type { Conditions, Functions, Instant, ObjectRef, Person, Site, Validity } from '../site.ts'
import { own } from './own.ts'

/** A role with the period in which it is held. */
export interface HeldRole {
  readonly role: string
  readonly from?: Instant
  readonly to?: Instant
}

/**
 * What the decision needs to know of a person to match subjects. The module keeps it with what it remembers of people
 * (waiting taps, permits, places), because its bundle does not list them.
 */
export interface Holder {
  /** Id of the site file, or a person reference in a module. */
  readonly person: string
  readonly robot: boolean
  readonly roles: readonly HeldRole[]
  /** Groups that the person lists; membership by the groups' own lists comes from the site. */
  readonly groups: readonly string[]
  readonly organisation?: string
  /** As written; `isExternal` adds organisation and roles. */
  readonly external: boolean
}

/** A permission that travels in the credential document. site.md §6.1, §6.2 step 10. */
export interface DirectGrant {
  readonly id: string
  readonly on: readonly ObjectRef[]
  readonly may: Functions
  readonly from: Instant
  readonly to: Instant
  readonly when: Conditions
  /** Per asset; a higher one that was accepted ends this one. */
  readonly sequence?: number
  /** Seconds by which `to` is later, once, while the module is off line. */
  readonly grace?: number
}

/** What a proven credential says about its holder. site.md §6.1. */
export interface Claims extends Holder {
  readonly credential: string
  readonly personValidity?: Validity
  /** Of the credential. */
  readonly validity?: Validity
  /** Of the credential document. */
  readonly document?: Validity
  /** Epoch of the document; missing: not compared. */
  readonly epoch?: number
  readonly qualifications: Readonly<Record<string, Validity>>
  readonly directGrants: readonly DirectGrant[]
  /** Kind of asset to a free map. */
  readonly preferences: Readonly<Record<string, unknown>>
  readonly extendedTime: boolean
}

/**
 * The claims that the site file makes for a person or robot, by the credential named or else the first one; by a
 * credential alone, those of the person who has it. Undefined: the site knows nobody of that name. A credential document
 * adds `document`, `epoch` and `directGrants`.
 */
export function claimsFromSite(
  site: Site,
  who: { readonly person?: string; readonly credential?: string },
): Claims | undefined {
  const id = who.person ?? (who.credential === undefined ? undefined : personOfCredential(site, who.credential))
  if (id === undefined) return undefined
  const person = personOf(site, id)
  if (person === undefined) return undefined
  const credential = who.credential ?? Object.keys(person.credentials)[0] ?? ''
  const validity = own(person.credentials, credential)?.validity
  return {
    ...holderOf(id, person, Object.hasOwn(site.robots, id)),
    credential,
    qualifications: person.qualifications,
    directGrants: [],
    preferences: person.preferences,
    extendedTime: person.extendedTime,
    ...(person.validity && { personValidity: person.validity }),
    ...(validity && { validity }),
  }
}

/** What the site file says of a person or robot, for matching. Undefined: not listed. */
export function holderFromSite(site: Site, id: string): Holder | undefined {
  const person = personOf(site, id)
  return person && holderOf(id, person, Object.hasOwn(site.robots, id))
}

/** The part of claims that is remembered. */
export function holderOfClaims(claims: Claims): Holder {
  const { person, robot, roles, groups, organisation, external } = claims
  return { person, robot, roles, groups, external, ...(organisation !== undefined && { organisation }) }
}

/** The person or robot who has a credential. */
export function personOfCredential(site: Site, credential: string): string | undefined {
  return ownersOf(site).get(credential)
}

export function personOf(site: Site, id: string): Person | undefined {
  return own(site.people, id) ?? own(site.robots, id)
}

function holderOf(id: string, person: Person, robot: boolean): Holder {
  const { roles, groups, organisation, external } = person
  return { person: id, robot, roles, groups, external, ...(organisation !== undefined && { organisation }) }
}

/** Owners of credentials, once per site object: the model is immutable. */
const owners = new WeakMap<Site, ReadonlyMap<string, string>>()

function ownersOf(site: Site): ReadonlyMap<string, string> {
  let map = owners.get(site)
  if (map === undefined) {
    const everybody = [...Object.entries(site.people), ...Object.entries(site.robots)]
    map = new Map(
      everybody.flatMap(([id, person]) => Object.keys(person.credentials).map(credential => [credential, id] as const)),
    )
    owners.set(site, map)
  }
  return map
}
