/** What should not happen: counted, kept and recorded, but never more often than is of use. */

import { recordAct } from '../audit/act.ts'
import type { Core } from '../core.ts'

/** Same code at the same module again: counted at once, recorded once in so long. */
const quietMs = 60_000
const mostAlarms = 100

/** Raises an alarm about a module. */
export async function raiseAlarm(
  core: Core,
  alarm: { readonly module: string; readonly code: string; readonly detail: string },
): Promise<void> {
  const { scope } = core.storage
  const now = core.clock.now()
  core.log.warn({ module: alarm.module, alarm: alarm.code }, 'alarm')
  const fresh = await core.storage.transaction(async queries => {
    const recent = await queries
      .selectFrom('alarm')
      .select('id')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', alarm.module)
      .where('code', '=', alarm.code)
      .where('at', '>', now - quietMs)
      // Those of a clock that was ahead silence nobody.
      .where('at', '<=', now)
      .executeTakeFirst()
    if (recent !== undefined) return false
    await queries
      .insertInto('alarm')
      .values({ ...scope, ...alarm, at: now })
      .execute()
    await recordAct(core, queries, { actor: { kind: 'service' }, event: 'alarm', detail: { ...alarm } })
    return true
  })
  if (fresh) core.feed.added()
}

/** Newest alarms, of one module or all. */
export async function alarms(
  core: Core,
  module?: string,
): Promise<readonly { module: string; code: string; detail: string; at: number }[]> {
  const { queries, scope } = core.storage
  const query = queries
    .selectFrom('alarm')
    .select(['module', 'code', 'detail', 'at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .orderBy('id', 'desc')
    .limit(mostAlarms)
  return (module === undefined ? query : query.where('module', '=', module)).execute()
}

/** Counts a refused envelope by the account that sent it. The first of its kind in a minute is recorded (T62). */
export async function countRefusal(
  core: Core,
  { module, reason }: { readonly module: string; readonly reason: string },
): Promise<void> {
  const { scope } = core.storage
  const now = core.clock.now()
  const recorded = await core.storage.transaction(async queries => {
    const row = await queries
      .insertInto('refusal')
      .values({ ...scope, module, reason, count: 1, last_at: now, recorded_at: 0 })
      .onConflict(conflict =>
        conflict
          .columns(['tenant', 'site', 'module', 'reason'])
          .doUpdateSet(({ eb, ref }) => ({ count: eb(ref('refusal.count'), '+', 1), last_at: now })),
      )
      .returning(['count', 'recorded_at'])
      .executeTakeFirstOrThrow()
    if (row.recorded_at > now - quietMs && row.recorded_at <= now) return false
    await queries
      .updateTable('refusal')
      .set({ recorded_at: now })
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', module)
      .where('reason', '=', reason)
      .execute()
    const detail = { module, reason, count: String(row.count) }
    await recordAct(core, queries, { actor: { kind: 'service' }, event: 'envelope-refused', detail })
    return true
  })
  if (recorded) core.feed.added()
}
