import type { Instant, Subject } from '../site.ts'
import { liesIn } from './areas.ts'
import { type Holder, holderFromSite } from './claims.ts'
import { identify, matchesSubject } from './matching.ts'
import { own } from './own.ts'
import type { State } from './state.ts'
import type { World } from './world.ts'

/** People (no robots) whose known place is the area or lies in it. site.md §6.4. */
export function peopleInside(world: World, state: State, area: string): readonly string[] {
  return Object.entries(state.locations)
    .filter(([person, place]) => liesIn(world.site.areas, place.area, area) && !isRobot(world, person, place.holder))
    .map(([person]) => person)
}

/** Whether a remembered person matches: by the site file if it lists the person, else by what the person's last tap said. */
export function rememberedMatches(
  world: World,
  subjects: readonly Subject[],
  who: { readonly person: string; readonly holder?: Holder | undefined },
  at: Instant,
): boolean {
  const holder = holderFromSite(world.site, who.person) ?? who.holder
  return holder !== undefined && !holder.robot && matchesSubject(subjects, identify(world.site, holder, at))
}

function isRobot({ site }: World, person: string, holder: Holder | undefined): boolean {
  return own(site.robots, person) !== undefined || (own(site.people, person) === undefined && holder?.robot === true)
}
