/** From what the issuer signed to what the decision reads: the same facts in the words of the domain. site.md §6.1 */
import { toHex } from '@edgeward/base'
import type { Claims, DirectGrant, HeldRole, ObjectRef, Validity } from '@edgeward/domain'
import type { AuthenticClaims, Grant, PlainMap, Validity as SignedValidity } from '@edgeward/keystore/seal'

/** Claims that were proven to be authentic, as the decision takes them: ids and references in hex. */
export function claimsOfHolder(signed: AuthenticClaims): Claims {
  const { credentialValidity, personValidity, organisation, flags, qualifications, preferences } = signed
  return {
    credential: toHex(signed.credential),
    person: toHex(signed.person),
    roles: signed.roles.map(heldRole),
    groups: signed.groups ?? [],
    robot: flags?.robot ?? false,
    external: flags?.external ?? false,
    extendedTime: flags?.extendedTime ?? false,
    document: { from: signed.notBefore, to: signed.notAfter },
    epoch: signed.epoch,
    qualifications: Object.fromEntries([...(qualifications ?? [])].map(([id, validity]) => [id, bounds(validity)])),
    directGrants: (signed.grants ?? []).flatMap(grant => directGrant(grant) ?? []),
    preferences: Object.fromEntries(preferences ?? []),
    ...(organisation === undefined ? {} : { organisation }),
    ...(credentialValidity === undefined ? {} : { validity: bounds(credentialValidity) }),
    ...(personValidity === undefined ? {} : { personValidity: bounds(personValidity) }),
  }
}

function heldRole({ role, ...validity }: SignedValidity & { readonly role: string }): HeldRole {
  return { role, ...bounds(validity) }
}

function bounds({ from, to }: SignedValidity): Validity {
  return { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }
}

/** A grant whose objects or conditions are not understood here grants nothing (R15). */
function directGrant({ id, on, may, from, to, sequence, grace, when }: Grant): DirectGrant | undefined {
  const objects = on.map(objectRef)
  if (when !== undefined || !objects.every(object => object !== undefined)) return undefined
  return {
    id,
    on: objects,
    may: may.includes('all') ? 'all' : may,
    from,
    to,
    when: {},
    ...(sequence === undefined ? {} : { sequence }),
    ...(grace === undefined ? {} : { grace }),
  }
}

/** Object of a rule: an asset's id, or a map of `asset`, or of `area` and `kind`. */
export function objectRef(object: string | PlainMap): ObjectRef | undefined {
  if (typeof object === 'string') return { asset: object }
  const { asset, area, kind, ...others } = object
  if (Object.keys(others).length > 0) return undefined
  if (typeof asset === 'string' && area === undefined && kind === undefined) return { asset }
  if (asset !== undefined) return undefined
  if (typeof area === 'string' && (kind === undefined || typeof kind === 'string')) {
    return { area, ...(kind === undefined ? {} : { kind }) }
  }
  return typeof kind === 'string' && area === undefined ? { kind } : undefined
}
