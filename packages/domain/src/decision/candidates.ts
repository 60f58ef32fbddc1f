import type { Conditions, Instant, Permission } from '../site.ts'
import type { DirectGrant } from './claims.ts'
import { own } from './own.ts'
import { type HolderQuestion, matches } from './question.ts'
import { rulesOf } from './rule-index.ts'

/** Something that may permit: a permission, a granting order, or a direct grant. */
export interface Candidate {
  readonly id: string
  /** Under which uses are counted: kinds of candidates do not share ids. */
  readonly key: string
  /** Of an order or grant, before its conditions. */
  readonly from?: Instant
  readonly to?: Instant
  readonly when: Conditions
  /** Holds also in lockdown. */
  readonly override: boolean
  /** A direct grant that a higher booking sequence has ended, and when. */
  readonly supersededAt?: Instant
  readonly permission?: Permission
  readonly grant?: DirectGrant
}

/** Step 10: what matches subject, object and function, in rule order. site.md §6.2. */
export function candidatesFor(question: HolderQuestion): readonly Candidate[] {
  if (!question.known) return []
  const { site, state, point, claims } = question
  const rules = rulesOf(site, point.asset)
  const isOpen = (id: string, file: 'open' | 'closed'): boolean => (own(state.orders, id) ?? file) === 'open'
  return [
    ...rules.permissions.filter(rule => matches(question, rule)).map(fromPermission),
    ...rules.orders
      .filter(({ id, order }) => order.grants && isOpen(id, order.state) && matches(question, order))
      .map(({ id, order: { from, to, when } }) => ({ id, key: `order:${id}`, from, to, when, override: false })),
    ...claims.directGrants
      .filter(grant => matches(question, { on: grant.on, may: grant.may }))
      .map(grant => fromGrant(question, grant)),
  ]
}

const fromPermission = (permission: Permission): Candidate => ({
  id: permission.id,
  key: `rule:${permission.id}`,
  when: permission.when,
  override: permission.override,
  permission,
})

function fromGrant(question: HolderQuestion, grant: DirectGrant): Candidate {
  const { id, from, when, sequence } = grant
  const highest = own(question.state.grants.highest, question.point.asset)
  const superseded = sequence !== undefined && highest !== undefined && highest.sequence > sequence
  return {
    id,
    key: `grant:${id}`,
    from,
    to: graceEnd(question, grant),
    when,
    override: false,
    grant,
    ...(superseded && { supersededAt: highest.at }),
  }
}

/** The end of a grant, later by its grace: once, and only while the module is off line. use-cases.md 2.2. */
function graceEnd({ tap, state, point, at }: HolderQuestion, { id, to, grace }: DirectGrant): Instant {
  const isUsed = state.grants.graceUsed.includes(graceKey(point.asset, id))
  return grace !== undefined && tap.offline === true && !isUsed && at >= to ? to + grace : to
}

export const graceKey = (asset: string, grant: string): string => `${asset}/${grant}`
