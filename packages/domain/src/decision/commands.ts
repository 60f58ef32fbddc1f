import { personOf } from './claims.ts'
import type { Event } from './events.ts'
import { own } from './own.ts'
import type { CommandTarget, State } from './state.ts'
import type { World } from './world.ts'

/**
 * A lockdown or evacuation on or off. Several stand side by side, off removes the equal ones; taking off an evacuation
 * that was on makes all places unknown: nobody tapped on the way out. site.md §7.
 */
export function command(state: State, event: Extract<Event, { type: 'lockdown' | 'evacuation' }>): State {
  const list = event.type === 'lockdown' ? 'lockdowns' : 'evacuations'
  const others = state[list].filter(target => !isSameTarget(target, event.on))
  if (event.active) return { ...state, [list]: [...others, event.on] }
  const wasOn = others.length < state[list].length
  return { ...state, [list]: others, ...(wasOn && event.type === 'evacuation' && { locations: {} }) }
}

function isSameTarget(a: CommandTarget, b: CommandTarget): boolean {
  return targetKey(a) === targetKey(b)
}

function targetKey(target: CommandTarget): string {
  if (target === 'site') return target
  if ('asset' in target) return `asset ${target.asset}`
  return 'area' in target ? `area ${target.area} kind ${target.kind ?? ''}` : `kind ${target.kind}`
}

/** A command on a credential, or on all of a person. `revoke` is for good. site.md §7. */
export function intervene(
  { site }: World,
  state: State,
  event: Extract<Event, { type: 'revoke' | 'suspend' | 'resume' }>,
): State {
  const order = state.order + 1
  const wanted = ({ revoke: 'revoked', suspend: 'suspended', resume: 'active' } as const)[event.type]
  const put = (record: State['credentials'], id: string): State['credentials'] =>
    own(record, id)?.state === 'revoked' ? record : { ...record, [id]: { state: wanted, order } }
  const listed = event.person === undefined ? undefined : personOf(site, event.person)
  const ofPerson = Object.keys(listed?.credentials ?? {})
  const credentials = [...(event.credential === undefined ? [] : [event.credential]), ...ofPerson]
  return {
    ...state,
    order,
    credentials: credentials.reduce(put, state.credentials),
    // A module's part of the site does not list people: there the person's reference stands for all credentials. So it
    // does for somebody of whom the file names none.
    people: event.person !== undefined && ofPerson.length === 0 ? put(state.people, event.person) : state.people,
  }
}
