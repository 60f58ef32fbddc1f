import type { Conditions } from '../site.ts'
import { outside } from './areas.ts'
import { own } from './own.ts'
import type { HolderQuestion } from './question.ts'
import type { Reason } from './reason.ts'

/**
 * Rest between shifts. Nobody is measured before the first recorded exit; who is inside is on shift; a short absence is a
 * break. site.md §6.6.
 */
export function restReasons(
  { state, holder, at, trace }: HolderQuestion,
  rest: NonNullable<Conditions['rest']>,
): readonly Reason[] {
  const place = own(state.locations, holder.person)?.area
  if (place !== undefined && place !== outside) return []
  const exit = own(own(state.passages, holder.person) ?? {}, outside)
  if (exit === undefined) return []
  trace.push({ what: 'last exit', value: `${Math.floor(at - exit)} s ago` })
  return at - exit <= rest.break || at - exit >= rest.minimum ? [] : [{ code: 'rest-time', at: exit + rest.minimum }]
}
