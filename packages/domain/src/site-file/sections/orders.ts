import type { Order, Site } from '../../site.ts'
import { defined, type Fields, fields, type Reader, record, required } from '../fields.ts'
import type { Scope } from '../scope.ts'
import { declares } from '../values/id.ts'
import { instant, reportEmptyPeriod } from '../values/instant.ts'
import { functions, objects } from '../values/object.ts'
import { prose } from '../values/prose.ts'
import { reference } from '../values/reference.ts'
import { choice, flag, name } from '../values/scalars.ts'
import { subjectOf, subjects } from '../values/subject.ts'
import type { Bookings } from './bookings.ts'
import { orderType, permissionConditions } from './conditions.ts'
import type { Coverage } from './coverage.ts'
import { checkFunctions } from './rules.ts'

const orderShape = {
  name,
  type: required(orderType),
  who: required(subjects),
  on: required(objects),
  may: functions,
  from: required(instant('from')),
  to: required(instant('to')),
  state: choice('open', 'closed'),
  grants: flag,
  when: permissionConditions,
  load: prose,
  pickUp: reference('areas'),
  deliver: reference('areas'),
  host: subjectOf('person'),
}

/** What orders need to know of the rest of the file. */
export interface OrderParts {
  readonly coverage: Coverage
  readonly bookings: Bookings
}

/** The `orders` section. */
export const orders =
  ({ coverage, bookings }: OrderParts): Reader<Site['orders']> =>
  (node, scope) => {
    let place = 0
    return record(
      (entry, inner, orderId, keyAt) => {
        const order = fields(orderShape, (read, within) => {
          checkFunctions(read, within, coverage)
          return makeOrder(read, within, { orderId, place: place++ })
        })(entry, inner)
        if (order !== undefined) checkBooking(order, keyAt, { scope: inner, bookings })
        return order
      },
      { checkKey: declares() },
    )(node, scope)
  }

function checkBooking(
  order: Order,
  keyAt: number,
  { scope, bookings }: { readonly scope: Scope; readonly bookings: Bookings },
): void {
  const isBooked = order.type === 'booking' && order.grants && order.state === 'open'
  if (!isBooked || order.to <= order.from) return
  const result = bookings.add(order)
  if (result === 'overlap')
    scope.report(keyAt, 'booking-overlap', 'an earlier booking has one of its assets in the same period.')
  if (result === 'too-many')
    scope.report(keyAt, 'out-of-range', 'bookings cover too many assets; name single assets, not areas.')
}

function makeOrder(
  read: Fields<typeof orderShape>,
  scope: Scope,
  { orderId, place }: { readonly orderId: string; readonly place: number },
): Order | undefined {
  const { values } = read
  reportEmptyPeriod(read.values, read.entry('to'), scope)
  const grants = values.grants ?? values.type === 'booking'
  reportUselessConditions(read, scope, grants)
  const { type, from, to } = values
  if (type === undefined || from === undefined || to === undefined) return undefined
  return {
    name: values.name ?? orderId,
    place,
    type,
    who: values.who ?? [],
    on: values.on ?? [],
    may: values.may ?? 'all',
    from,
    to,
    state: values.state ?? 'open',
    grants,
    when: values.when ?? {},
    ...defined({ load: values.load, pickUp: values.pickUp, deliver: values.deliver, host: values.host }),
  }
}

/** Conditions of an order that grants nothing would look like a restriction and be none. */
function reportUselessConditions(read: Fields<typeof orderShape>, scope: Scope, grants: boolean): void {
  const when = read.entry('when')
  if (grants || when === undefined || !read.isSound('grants') || !read.isSound('type')) return
  const message = '"when" goes only with an order that grants; remove it or add "grants: true".'
  scope.report(Math.max(when.keyAt, read.entry('grants')?.keyAt ?? 0), 'conflict', message)
}
