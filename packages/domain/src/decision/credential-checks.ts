import type { Instant, Validity } from '../site.ts'
import { personOf, personOfCredential } from './claims.ts'
import { own } from './own.ts'
import type { HolderQuestion } from './question.ts'
import type { Reason } from './reason.ts'
import type { State } from './state.ts'
import type { World } from './world.ts'

/** Step 5: state and epoch of the credential, validity of document, credential and person, organisation. site.md §6.2. */
export function credentialReasons(question: HolderQuestion): readonly Reason[] {
  const { claims, state, at, world } = question
  const reasons: Reason[] = []
  const standing = credentialState(world, state, claims)
  if (standing !== 'active') reasons.push({ code: standing })
  if (claims.epoch !== undefined && claims.epoch < state.minimumEpoch) reasons.push({ code: 'epoch-too-old' })
  for (const validity of [claims.document, claims.validity, claims.personValidity])
    reasons.push(...validityReasons(validity, at))
  if (!organisationIsGood(question)) reasons.push({ code: 'organisation-inactive' })
  return reasons
}

/** `not-yet-valid` or `expired`, if the instant lies outside. */
export function validityReasons(validity: Validity | undefined, at: Instant): readonly Reason[] {
  if (validity?.from !== undefined && at < validity.from) return [{ code: 'not-yet-valid', from: validity.from }]
  if (validity?.to !== undefined && at >= validity.to) return [{ code: 'expired', at: validity.to }]
  return []
}

/** What holds for a credential: a revocation whoever made it, else the latest command, else the file. site.md §7. */
function credentialState(
  world: World,
  state: State,
  { credential, person }: { readonly credential: string; readonly person: string },
): 'active' | 'suspended' | 'revoked' {
  const commands = [own(state.credentials, credential), own(state.people, person)].filter(
    command => command !== undefined,
  )
  const file = fileState(world, credential)
  if (file === 'revoked' || commands.some(command => command.state === 'revoked')) return 'revoked'
  return commands.toSorted((a, b) => b.order - a.order)[0]?.state ?? file
}

/** What the file, or the list of the bundle, says of a credential. */
export function fileState(
  { site, credentialStates = {} }: World,
  credential: string,
): 'active' | 'suspended' | 'revoked' {
  const listed = own(credentialStates, credential)
  if (listed !== undefined) return listed
  const owner = personOfCredential(site, credential)
  const person = owner === undefined ? undefined : personOf(site, owner)
  return (person && own(person.credentials, credential)?.state) ?? 'active'
}

/** Named, it must be known, active and in its period: the chain of site.md §2, people, `organisation`. */
function organisationIsGood({ site, claims, at }: HolderQuestion): boolean {
  if (claims.organisation === undefined) return true
  const organisation = own(site.organisations, claims.organisation)
  return organisation?.active === true && validityReasons(organisation.validity, at).length === 0
}
