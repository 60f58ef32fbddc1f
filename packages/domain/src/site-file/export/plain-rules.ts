import type { Conditions, FactorPolicy, Order, Permission, Prohibition, Site } from '../../site.ts'
import type { Plain, PlainMap } from './emit.ts'
import {
  itself,
  plainDuration,
  plainFactors,
  plainFunctions,
  plainInstant,
  plainList,
  plainListOrNone,
  plainObjects,
  plainPeriod,
  plainSubjects,
  unless,
  unlessEmpty,
} from './plain-values.ts'

/** Orders in the order of the file, which is the order of candidates. */
export function plainOrders({ orders, site }: Site): ReadonlyMap<string, PlainMap> {
  const sorted = Object.entries(orders).toSorted(([, a], [, b]) => a.place - b.place)
  return new Map(sorted.map(([id, order]) => [id, plainOrder(order, id, site.timeZone)]))
}

const plainOrder = (order: Order, id: string, timeZone: string): PlainMap => ({
  name: unless(order.name, id),
  type: order.type,
  who: plainSubjects(order.who),
  on: plainObjects(order.on),
  may: order.may === 'all' ? undefined : plainFunctions(order.may),
  from: plainInstant(order.from, 'from', timeZone),
  to: plainInstant(order.to, 'to', timeZone),
  state: unless(order.state, 'open'),
  grants: unless(order.grants, order.type === 'booking'),
  when: unlessEmpty(plainConditions(order.when, timeZone)),
  load: order.load,
  pickUp: order.pickUp,
  deliver: order.deliver,
  host: order.host,
})

const plainRule = (rule: Omit<FactorPolicy, 'factors' | 'when'>): PlainMap => ({
  id: rule.id,
  who: plainSubjects(rule.who),
  on: plainObjects(rule.on),
  may: plainFunctions(rule.may),
})

export const plainPermission = (rule: Permission, timeZone: string): PlainMap => ({
  ...plainRule(rule),
  when: unlessEmpty(plainConditions(rule.when, timeZone)),
  override: unless(rule.override, false),
  log: rule.log,
  obligations: unlessEmpty({
    notice: plainListOrNone(rule.obligations.notice, itself),
    alarm: rule.obligations.alarm,
  }),
})

export const plainProhibition = (rule: Prohibition, timeZone: string): PlainMap => ({
  ...plainRule(rule),
  when: unlessEmpty(plainConditions(rule.when, timeZone)),
})

export const plainPolicy = (rule: FactorPolicy): PlainMap => {
  const [subject, ...others] = rule.who
  const isForAll = subject !== undefined && 'everyone' in subject && others.length === 0
  return {
    ...plainRule(rule),
    who: isForAll ? undefined : plainSubjects(rule.who),
    may: rule.may === 'all' ? undefined : plainFunctions(rule.may),
    when: unlessEmpty({
      schedule: rule.when.schedule && plainList(rule.when.schedule, itself),
      outside: rule.when.outside && plainList(rule.when.outside, itself),
    }),
    factors: plainFactors(rule.factors),
  }
}

export const plainLogging = ({ who, on }: Site['positionLogging'][number]): PlainMap => ({
  who: plainSubjects(who),
  on: plainObjects(on),
})

export const plainInterlock = ({ id, doors }: Site['interlocks'][number]): PlainMap => ({ id, doors: [...doors] })

/** Conditions in the order of the table of site.md §3. */
export function plainConditions(when: Conditions, timeZone: string): PlainMap {
  const { from, to } = when
  return {
    ...plainPeriod({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, timeZone),
    schedule: when.schedule && plainList(when.schedule, itself),
    factors: when.factors && plainFactors(when.factors),
    zone: when.zone && plainList(when.zone, itself),
    within: when.within,
    context: when.context && plainExpressions(when.context),
    machineState: when.machineState && plainList(when.machineState, itself),
    qualification: when.qualification && plainList(when.qualification, itself),
    order: when.order && plainList(when.order, itself),
    escort: when.escort && plainSubjects(when.escort),
    quota: when.quota && { uses: when.quota.uses, per: unless(when.quota.per, 'total') },
    rest: when.rest && plainRest(when.rest),
  }
}

function plainExpressions(named: NonNullable<Conditions['context']>): Plain {
  const [only, ...more] = named
  if (only !== undefined && more.length === 0 && only.name === 'context') return only.expression
  return new Map(named.map(({ name, expression }) => [name, expression]))
}

function plainRest({ minimum, break: pause }: NonNullable<Conditions['rest']>): Plain {
  if (pause === 2 * 3_600) return plainDuration(minimum)
  return { minimum: plainDuration(minimum), break: plainDuration(pause) }
}
