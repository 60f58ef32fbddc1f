import type { Conditions, Order } from '../site.ts'
import { own } from './own.ts'
import { type HolderQuestion, matches } from './question.ts'
import { rulesOf } from './rule-index.ts'

/** Open orders of the types whose period, subject, object and function fit: they fulfil the condition `order`. site.md §3. */
export function fulfillingOrders(question: HolderQuestion, types: NonNullable<Conditions['order']>): readonly Order[] {
  const { site, point, state, at } = question
  return rulesOf(site, point.asset)
    .orders.filter(
      ({ id, order }) =>
        types.includes(order.type) &&
        (own(state.orders, id) ?? order.state) === 'open' &&
        order.from <= at &&
        at < order.to &&
        matches(question, order),
    )
    .map(({ order }) => order)
}
