import type { FactorPolicy, Order, Permission, Prohibition, Site } from '../site.ts'
import { matchesObject } from './matching.ts'
import { own } from './own.ts'

/** The rules whose object is an asset, in file order: one decision reads no others. site.md §9. */
export interface AssetRules {
  readonly permissions: readonly Permission[]
  readonly prohibitions: readonly Prohibition[]
  readonly factorPolicies: readonly FactorPolicy[]
  readonly positionLogging: Site['positionLogging']
  readonly orders: readonly { readonly id: string; readonly order: Order }[]
}

/** Once per site object, which is immutable. */
const indexes = new WeakMap<Site, Map<string, AssetRules>>()
const noRules: AssetRules = { permissions: [], prohibitions: [], factorPolicies: [], positionLogging: [], orders: [] }

/** The rules of an asset; none for an unknown one. */
export function rulesOf(site: Site, id: string): AssetRules {
  const asset = own(site.assets, id)
  if (asset === undefined) return noRules
  let index = indexes.get(site)
  if (index === undefined) {
    index = new Map()
    indexes.set(site, index)
  }
  let rules = index.get(id)
  if (rules === undefined) {
    const covers = (rule: Pick<Permission, 'on'>): boolean => matchesObject(site, rule.on, id, asset)
    rules = {
      permissions: site.permissions.filter(covers),
      prohibitions: site.prohibitions.filter(covers),
      factorPolicies: site.factorPolicies.filter(covers),
      positionLogging: site.positionLogging.filter(covers),
      // By place: an object does not keep the order of ids that are all digits.
      orders: Object.entries(site.orders)
        .flatMap(([orderId, order]) => (covers(order) ? [{ id: orderId, order }] : []))
        .toSorted((a, b) => a.order.place - b.order.place),
    }
    index.set(id, rules)
  }
  return rules
}
