import type { Subject } from '../site.ts'
import { liesIn, passageOf } from './areas.ts'
import type { Holder } from './claims.ts'
import { rememberedMatches } from './people-inside.ts'
import { doorKind, type HolderQuestion } from './question.ts'

/**
 * Whether another person of the subjects had a permit at the same asset and side just before, or is by known place inside
 * the area concerned: what a door leads to, else the asset's area. site.md §6.6.
 */
export function isEscorted(question: HolderQuestion, subjects: readonly Subject[]): boolean {
  const { world, site, state, point, holder, at } = question
  const escorts = (person: string, remembered: Holder | undefined): boolean =>
    person !== holder.person && rememberedMatches(world, subjects, { person, holder: remembered }, at)
  const from = at - site.site.secondPersonWindow
  const byPermit = state.permits.some(
    permit =>
      permit.asset === point.asset &&
      permit.side === point.side &&
      permit.at >= from &&
      permit.at <= at &&
      escorts(permit.holder.person, permit.holder),
  )
  if (byPermit) return true
  const area = areaConcerned(question)
  if (area === undefined || !Object.hasOwn(site.areas, area)) return false
  return Object.entries(state.locations).some(
    ([person, place]) => liesIn(site.areas, place.area, area) && escorts(person, place.holder),
  )
}

function areaConcerned({ site, asset, point }: HolderQuestion): string | undefined {
  if (asset?.kind !== doorKind) return asset?.in
  return passageOf(site.areas, asset, point.side).target
}
