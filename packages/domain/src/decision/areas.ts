import type { Area, Asset, Site } from '../site.ts'
import { own } from './own.ts'

/** The area that is no area: everything around the site. */
export const outside = 'outside'

/** The area itself and those around it, inner to outer. `outside` and unknown areas: only themselves. */
export function withAncestors(areas: Site['areas'], area: string): readonly string[] {
  const chain: string[] = []
  // The parser refuses cycles; a damaged model must not hang a module.
  for (let id: string | undefined = area; id !== undefined && !chain.includes(id); id = own(areas, id)?.in)
    chain.push(id)
  return chain
}

/** Whether a place is the area or lies in it. */
export function liesIn(areas: Site['areas'], place: string, area: string): boolean {
  return withAncestors(areas, place).includes(area)
}

/** What opening a door leads through. site.md §6.4. */
export interface Passage {
  readonly target: string
  /** Outer to inner. */
  readonly entered: readonly string[]
  /** Inner to outer. */
  readonly left: readonly string[]
}

/** The passage through a door by the reader of a side. */
export function passageOf(areas: Site['areas'], asset: Asset, side: 'in' | 'out'): Passage {
  const sides = asset.sides ?? { in: asset.in, out: own(areas, asset.in)?.in ?? outside }
  const target = sides[side]
  const origin = sides[side === 'in' ? 'out' : 'in']
  const around = { target: withAncestors(areas, target), origin: withAncestors(areas, origin) }
  const real = (id: string): boolean => Object.hasOwn(areas, id)
  return {
    target,
    entered: around.target.filter(id => real(id) && !around.origin.includes(id)).toReversed(),
    left: around.origin.filter(id => real(id) && !around.target.includes(id)),
  }
}

/** The entries of a list of areas that the site has, with their ids. */
export function areasNamed(
  areas: Site['areas'],
  ids: readonly string[],
): readonly { readonly id: string; readonly area: Area }[] {
  return ids.flatMap(id => {
    const area = own(areas, id)
    return area === undefined ? [] : [{ id, area }]
  })
}
