/**
 * What it means that a site file no longer has a module. Nobody can tell from the file whether it was sold or stolen, so
 * it is treated as stolen (threat-model 9.2): its account and its keys are dead from the commit on. If a later file has it
 * again it must be commissioned anew, with new keys.
 */
import type { Site } from '@edgeward/domain'
import type { Actor } from '../actor.ts'
import { recordAct } from '../audit/act.ts'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'

/** Marks commissioned modules that the site no longer has, each with a record that tells the gap in its evidence. */
export async function removeModules(
  core: Core,
  queries: Queries,
  { site, actor }: { readonly site: Site; readonly actor: Actor },
): Promise<void> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('module')
    .select(['module', 'last_record', 'complete_record'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('commissioned_at', 'is not', null)
    .where('removed_at', 'is', null)
    .orderBy('module')
    .execute()
  for (const { module, last_record: last, complete_record: complete } of rows) {
    if (Object.hasOwn(site.modules, module)) continue
    await remove(core, queries, module)
    const detail = { module, records: String(complete), missing: String(Math.max(0, last - complete)) }
    await recordAct(core, queries, { actor, event: 'module-removed', detail })
  }
}

async function remove(core: Core, queries: Queries, module: string): Promise<void> {
  const { tenant, site } = core.storage.scope
  await queries
    .updateTable('module')
    .set({ removed_at: core.clock.now() })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', module)
    .execute()
  // Nothing is in force there that counts any more, and nothing waits for it.
  await queries
    .updateTable('effect')
    .set({ effective: 0, effective_at: null })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', module)
    .execute()
  for (const table of ['outbox', 'commissioning_order'] as const) {
    await queries
      .deleteFrom(table)
      .where('tenant', '=', tenant)
      .where('site', '=', site)
      .where('module', '=', module)
      .execute()
  }
}
