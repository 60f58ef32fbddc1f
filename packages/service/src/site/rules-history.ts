/** Every wording that a rule ever had, with the version that brought it: what a decision of then was made by. */
import type { Order, Permission, Prohibition, Site } from '@edgeward/domain'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'

export type RuleKind = 'permission' | 'prohibition' | 'order'

/** A rule as it stood. */
export type RuleBody =
  | { readonly kind: 'permission'; readonly rule: Permission }
  | { readonly kind: 'prohibition'; readonly rule: Prohibition }
  | { readonly kind: 'order'; readonly rule: Order }

const rowsAStatement = 500

/** Writes down what changed about rules with a version. */
export async function writeRules(core: Core, queries: Queries, site: Site, version: number): Promise<void> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('rule')
    .select(['rule', 'kind', 'body'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('until', 'is', null)
    .execute()
  const inForce = new Map(rows.map(({ rule, kind, body }) => [rule, wording(kind, body)]))
  const said = new Map(bodiesOf(site).map(({ id, kind, rule }) => [id, { kind, rule, text: wording(kind, rule) }]))
  const ended = [...inForce].filter(([id, text]) => said.get(id)?.text !== text).map(([id]) => id)
  if (ended.length > 0) {
    await queries
      .updateTable('rule')
      .set({ until: version })
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('until', 'is', null)
      .where('rule', 'in', ended)
      .execute()
  }
  const fresh = [...said]
    .filter(([id, { text }]) => inForce.get(id) !== text)
    .map(([rule, { kind, rule: body }]) => ({
      ...scope,
      rule,
      kind,
      body: JSON.stringify(body),
      since: version,
      until: null,
    }))
  for (let i = 0; i < fresh.length; i += rowsAStatement) {
    await queries
      .insertInto('rule')
      .values(fresh.slice(i, i + rowsAStatement))
      .execute()
  }
}

/** A rule as it stood in a version; undefined: it did not exist. */
export async function ruleAt(
  core: Core,
  rule: string,
  version: number,
): Promise<{ readonly body: RuleBody; readonly since: number } | undefined> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('rule')
    .select(['kind', 'body', 'since'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('rule', '=', rule)
    .where('since', '<=', version)
    .where(({ eb, or }) => or([eb('until', 'is', null), eb('until', '>', version)]))
    .executeTakeFirst()
  // Written by `writeRules` alone.
  return row && { body: { kind: row.kind, rule: row.body } as RuleBody, since: row.since }
}

/** What became of a rule after a version: changed or removed, in order. */
export async function laterChanges(
  core: Core,
  rule: string,
  version: number,
): Promise<readonly { readonly change: 'changed' | 'removed'; readonly version: number }[]> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('rule')
    .select(['since', 'until'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('rule', '=', rule)
    .orderBy('since')
    .execute()
  const begins = new Set(rows.map(({ since }) => since))
  const changed = rows
    .filter(({ since }) => since > version)
    .map(({ since }) => ({ change: 'changed' as const, version: since }))
  const removed = rows.flatMap(({ until }) =>
    until !== null && until > version && !begins.has(until) ? [{ change: 'removed' as const, version: until }] : [],
  )
  return [...changed, ...removed].sort((a, b) => a.version - b.version)
}

function bodiesOf(site: Site): readonly { id: string; kind: RuleKind; rule: object }[] {
  return [
    ...site.permissions.map(rule => ({ id: rule.id, kind: 'permission' as const, rule })),
    ...site.prohibitions.map(rule => ({ id: rule.id, kind: 'prohibition' as const, rule })),
    ...Object.entries(site.orders)
      .filter(([, { grants }]) => grants)
      .map(([id, rule]) => ({ id, kind: 'order' as const, rule })),
  ]
}

/** JSON of our own making keeps the order of members. */
function wording(kind: string, body: unknown): string {
  return `${kind} ${JSON.stringify(body)}`
}
