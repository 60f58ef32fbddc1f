import type { ObjectRef, Order, Site } from '../../site.ts'
import { maxBookedAssets } from '../limits.ts'
import { ancestorsOf } from './coverage.ts'
import { Periods } from './periods.ts'

/** When which asset is booked. Finds the bookings that overlap an earlier one. site.md §2, `orders`. */
export class Bookings {
  readonly #site: Pick<Site, 'assets' | 'areas'>
  readonly #periods = new Map<string, Periods>()
  #booked = 0

  constructor(site: Pick<Site, 'assets' | 'areas'>) {
    this.#site = site
  }

  /** Adds an open granting booking; `too-many` if all bookings together name more assets than can be compared. */
  add({ on, from, to }: Pick<Order, 'on' | 'from' | 'to'>): 'free' | 'overlap' | 'too-many' {
    const assets = new Set(on.flatMap(object => this.#covered(object)))
    this.#booked += assets.size
    if (this.#booked > maxBookedAssets) return 'too-many'
    let isFree = true
    for (const asset of assets) {
      let periods = this.#periods.get(asset)
      if (periods === undefined) {
        periods = new Periods()
        this.#periods.set(asset, periods)
      }
      if (periods.add(from, to)) isFree = false
    }
    return isFree ? 'free' : 'overlap'
  }

  #covered(object: ObjectRef): readonly string[] {
    if ('asset' in object) return [object.asset]
    const { assets, areas } = this.#site
    this.#booked += Object.keys(assets).length
    if (this.#booked > maxBookedAssets) return []
    return Object.keys(assets).filter(id => {
      const asset = assets[id]
      if (asset === undefined || (object.kind !== undefined && asset.kind !== object.kind)) return false
      return !('area' in object) || ancestorsOf(asset.in, areas).includes(object.area)
    })
  }
}
