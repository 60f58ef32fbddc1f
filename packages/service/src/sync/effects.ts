/** Desired and effective: what a module should have of a type, and what it has acknowledged. design.md "When a change is in force" */
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'
import { typeNumbers } from './outbox.ts'

/** Types that have versions in force. */
export const effectTypes = ['policy-bundle', 'revocation-delta', 'key-package'] as const
export type EffectType = (typeof effectTypes)[number]

export interface EffectState {
  readonly desired: number
  readonly effective: number
  readonly effectiveAt: number | null
}

const nothing: EffectState = { desired: 0, effective: 0, effectiveAt: null }

/** The state of one type at one module. */
export async function effectOf(
  core: Core,
  module: string,
  type: EffectType,
  queries: Queries = core.storage.queries,
): Promise<EffectState> {
  const { scope } = core.storage
  const row = await queries
    .selectFrom('effect')
    .select(['desired', 'effective', 'effective_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .where('type', '=', typeNumbers[type])
    .executeTakeFirst()
  return row === undefined ? nothing : { desired: row.desired, effective: row.effective, effectiveAt: row.effective_at }
}

/** All of them: module to type to state. */
export async function allEffects(
  core: Core,
  queries: Queries = core.storage.queries,
): Promise<(module: string, type: EffectType) => EffectState> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('effect')
    .select(['module', 'type', 'desired', 'effective', 'effective_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const states = new Map(
    rows.map(row => [
      `${row.type}/${row.module}`,
      { desired: row.desired, effective: row.effective, effectiveAt: row.effective_at },
    ]),
  )
  return (module, type) => states.get(`${typeNumbers[type]}/${module}`) ?? nothing
}

/** Says what a module should have. */
export async function desire(
  core: Core,
  queries: Queries,
  at: { module: string; type: EffectType; version: number },
): Promise<void> {
  await queries
    .insertInto('effect')
    .values({
      ...core.storage.scope,
      module: at.module,
      type: typeNumbers[at.type],
      desired: at.version,
      effective: 0,
      effective_at: null,
    })
    .onConflict(conflict => conflict.columns(['tenant', 'site', 'module', 'type']).doUpdateSet({ desired: at.version }))
    .execute()
}

/**
 * Notes what a module has said to have in force. Returns whether that is less than before: then it was rolled back
 * (envelope.md §6).
 */
export async function noteEffective(
  core: Core,
  queries: Queries,
  at: { readonly module: string; readonly type: EffectType; readonly version: number },
): Promise<{ readonly rolledBackFrom: number | undefined }> {
  const before = await effectOf(core, at.module, at.type, queries)
  if (before.effective === at.version) return { rolledBackFrom: undefined }
  const now = core.clock.now()
  await queries
    .insertInto('effect')
    .values({
      ...core.storage.scope,
      module: at.module,
      type: typeNumbers[at.type],
      desired: at.version,
      effective: at.version,
      effective_at: now,
    })
    .onConflict(conflict =>
      conflict.columns(['tenant', 'site', 'module', 'type']).doUpdateSet({ effective: at.version, effective_at: now }),
    )
    .execute()
  return { rolledBackFrom: at.version < before.effective ? before.effective : undefined }
}
