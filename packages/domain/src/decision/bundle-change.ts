import type { Site } from '../site.ts'
import { outside } from './areas.ts'
import { personOf, personOfCredential } from './claims.ts'
import { fileState } from './credential-checks.ts'
import { keep, own } from './own.ts'
import { personOfPinKey } from './pin.ts'
import type { CommandTarget, Intervention, State } from './state.ts'
import type { World } from './world.ts'

/**
 * A new bundle: rules at once, the state stays. What names something that is gone is dropped; credential and order states
 * of the file apply, except that revoked stays revoked. site.md §7.
 */
export function changeBundle(before: World, state: State, after: World): State {
  const { site } = after
  const hasAsset = (id: string): boolean => Object.hasOwn(site.assets, id)
  const hasArea = (id: string): boolean => id === outside || Object.hasOwn(site.areas, id)
  // A module's part lists nobody and not all of the site, so that it cannot tell who is gone, nor what a command means.
  const isPart = after.listsPeople === false
  const hasPerson = (id: string): boolean => isPart || Object.hasOwn(site.people, id) || Object.hasOwn(site.robots, id)
  const hasContact = (id: string): boolean => hasAsset(id) || site.interlocks.some(({ doors }) => doors.includes(id))
  const standing = (targets: readonly CommandTarget[]): readonly CommandTarget[] =>
    isPart ? targets : targets.filter(target => hasTarget(site, target))
  const hasFunction = (point: { readonly asset: string; readonly function: string }): boolean =>
    own(site.assets, point.asset)?.functions.includes(point.function) === true
  return {
    ...state,
    pins: isPart ? state.pins : keep(state.pins, key => isPinOf(site, key)),
    waiting: state.waiting.filter(tap => hasFunction(tap) && hasPerson(tap.holder.person)),
    permits: state.permits.filter(permit => hasAsset(permit.asset) && hasPerson(permit.holder.person)),
    attempts: keep(state.attempts, (_, a) => hasFunction(a) && (a.holder === undefined || hasPerson(a.holder.person))),
    locations: keep(state.locations, (person, place) => hasPerson(person) && hasArea(place.area)),
    passages: mapMembers(keep(state.passages, hasPerson), areas => keep(areas, hasArea)),
    opened: state.opened.filter(hasArea),
    uses: mapMembers(
      keep(state.uses, rule => hasRule(site, rule)),
      people => keep(people, hasPerson),
    ),
    sessions: state.sessions.filter(session => hasFunction(session) && hasPerson(session.person)),
    doors: keep(state.doors, hasContact),
    context: keep(state.context, place => hasPlace(site, place)),
    lockdowns: standing(state.lockdowns),
    evacuations: standing(state.evacuations),
    credentials: revocations(before, state, after),
    people: keep(state.people, (_, intervention) => intervention.state === 'revoked'),
    orders: {},
    grants: { ...state.grants, highest: keep(state.grants.highest, hasAsset) },
  }
}

/** Revocations by command and of the file that goes, as far as the new file does not say them: revoked stays revoked. */
function revocations(before: World, state: State, after: World): State['credentials'] {
  const { site, credentialStates = {} } = before
  const people = [...Object.values(site.people), ...Object.values(site.robots)]
  const listed = [...people.flatMap(({ credentials }) => Object.keys(credentials)), ...Object.keys(credentialStates)]
  const byFile: readonly [string, Intervention][] = listed
    .filter(credential => fileState(before, credential) === 'revoked')
    .map(credential => [credential, { state: 'revoked', order: state.order }])
  const all = { ...state.credentials, ...Object.fromEntries(byFile) }
  return keep(all, (credential, { state: said }) => said === 'revoked' && fileState(after, credential) !== 'revoked')
}

/** Whether a count of PINs is still somebody's: by his credential, or by himself if he has none. */
function isPinOf(site: Site, key: string): boolean {
  const person = personOfPinKey(key)
  return (person === undefined ? personOfCredential(site, key) : personOf(site, person)) !== undefined
}

/** Rules and orders by id; direct grants are not in the file. */
function hasRule(site: Site, key: string): boolean {
  const [kind, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  if (kind === 'rule') return site.permissions.some(permission => permission.id === id)
  return kind === 'grant' || Object.hasOwn(site.orders, id)
}

function hasPlace(site: Site, place: string): boolean {
  if (place.startsWith('asset:')) return Object.hasOwn(site.assets, place.slice('asset:'.length))
  return !place.startsWith('area:') || Object.hasOwn(site.areas, place.slice('area:'.length))
}

function hasTarget(site: Site, target: CommandTarget): boolean {
  if (target === 'site') return true
  if ('asset' in target) return Object.hasOwn(site.assets, target.asset)
  const hasKind = target.kind === undefined || Object.hasOwn(site.kinds, target.kind)
  return 'area' in target ? Object.hasOwn(site.areas, target.area) && hasKind : hasKind
}

function mapMembers<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
