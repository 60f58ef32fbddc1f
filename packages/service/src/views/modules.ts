/** Health of the modules as the interface shows it. */
import { toHex } from '@edgeward/base'
import { clockQualities } from '@edgeward/domain'
import type { Effect, ModuleHealth, Modules } from '../api/modules.ts'
import type { Core } from '../core.ts'
import { instantOrNull, instantText } from '../instants.ts'
import type { SiteInForce } from '../site/sites.ts'
import { own } from '../site/subjects.ts'
import { alarms } from '../sync/alarms.ts'
import type { Broker } from '../sync/broker.ts'
import { allEffects, type EffectState } from '../sync/effects.ts'
import type { ModuleRow } from '../sync/peers.ts'

/** Every module of the site in force, in the order of the file. */
export async function modules(core: Core, broker: Broker): Promise<Modules> {
  const site = await core.sites.current()
  if (site === undefined) return { modules: [] }
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('module')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const gaps = await queries
    .selectFrom('gap')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .orderBy('first')
    .execute()
  const refusals = await queries
    .selectFrom('refusal')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const waiting = await waitingCounts(core)
  const raised = await alarms(core)
  const effects = await allEffects(core)
  const byId = new Map(rows.map(row => [row.module, row]))
  return {
    modules: Object.keys(site.model.modules).flatMap(module => {
      const row = byId.get(module)
      if (row === undefined) return []
      const refused = refusals.filter(refusal => refusal.module === module)
      return [
        {
          ...identityOf(site, row),
          link: broker.isConnected(toHex(row.party)) ? ('connected' as const) : ('away' as const),
          bundle: effectOf(effects(module, 'policy-bundle')),
          revocations: effectOf(effects(module, 'revocation-delta')),
          keys: effectOf(effects(module, 'key-package')),
          records: {
            chainEpoch: row.chain_epoch,
            last: row.last_record,
            acknowledged: row.acknowledged_record,
            free: row.free_records,
            gaps: gaps
              .filter(gap => gap.module === module)
              .map(gap => ({
                chainEpoch: gap.chain_epoch,
                first: gap.first,
                last: gap.last,
                since: instantText(gap.since),
              })),
          },
          refused: {
            total: refused.reduce((sum, { count }) => sum + count, 0),
            reasons: Object.fromEntries(refused.map(({ reason, count }) => [reason, count])),
            lastAt: instantOrNull(refused.length === 0 ? null : Math.max(...refused.map(({ last_at: at }) => at))),
          },
          alarms: raised
            .filter(alarm => alarm.module === module)
            .slice(0, 10)
            .map(({ code, at, detail }) => ({ code, at: instantText(at), detail })),
          waiting: waiting.get(module) ?? 0,
        },
      ]
    }),
  }
}

type Identity = Pick<
  ModuleHealth,
  | 'id'
  | 'name'
  | 'guards'
  | 'keyGroup'
  | 'autonomySeconds'
  | 'commissionedAt'
  | 'fingerprint'
  | 'lastContact'
  | 'clock'
  | 'home'
  | 'simulated'
  | 'readerCertificateUntil'
>

function identityOf({ model }: SiteInForce, row: ModuleRow): Identity {
  const spec = own(model.modules, row.module)
  // Taken out and put in again: whoever has its old keys is not this module.
  const commissioned = row.removed_at === null
  return {
    id: row.module,
    name: spec?.name ?? row.module,
    guards: (spec?.guards ?? []).map(asset => ({ id: asset, name: own(model.assets, asset)?.name ?? asset })),
    keyGroup: row.key_group,
    autonomySeconds: spec?.autonomy ?? 0,
    commissionedAt: instantOrNull(commissioned ? row.commissioned_at : null),
    fingerprint: commissioned ? row.fingerprint : null,
    lastContact: instantOrNull(row.last_contact_at),
    clock:
      row.health_at === null
        ? null
        : {
            quality: clockQualities[row.clock_quality ?? clockQualities.length - 1] ?? 'untrusted',
            offsetMs: row.clock_offset_ms ?? 0,
            at: instantText(row.health_at),
          },
    home: row.home,
    simulated: row.simulated,
    readerCertificateUntil: instantOrNull(row.reader_until),
  }
}

function effectOf({ desired, effective, effectiveAt }: EffectState): Effect {
  return { desired, effective, effectiveAt: instantOrNull(effectiveAt) }
}

/** Commands and packages that a module has not acknowledged, by module; of what has versions, the newest. */
async function waitingCounts(core: Core): Promise<ReadonlyMap<string, number>> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('effect')
    .select(({ fn }) => ['module', fn.countAll<number>().as('count')])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .whereRef('desired', '>', 'effective')
    .groupBy('module')
    .execute()
  return new Map(rows.map(({ module, count }) => [module, Number(count)]))
}
