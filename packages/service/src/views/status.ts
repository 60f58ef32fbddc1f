/** The state of the whole plant: who may do what, who is blocked, is every block in force, what works without us, is it an HSM. */
import type { Status } from '../api/status.ts'
import type { Core } from '../core.ts'
import type { RunningDatabase } from '../database/database.ts'
import { instantOrNull, instantText } from '../instants.ts'
import { restoreState } from '../restore/restored-modules.ts'
import type { SiteInForce } from '../site/sites.ts'
import type { Broker } from '../sync/broker.ts'
import { allEffects, type EffectState, effectTypes } from '../sync/effects.ts'

const softwareSentence =
  'Keys lie in a sealed file and in the memory of this process: this is not an HSM, and whoever copies the folder with its secret has the keys.'
const tokenSentence = 'Keys stay in the key store; what touches the memory of this process is listed.'

/** Rules of the threat model whose parts are not there yet. */
export const rulesNotInForce: Status['rulesNotInForce'] = [
  { rule: 'R8', what: 'no second approver, no owner countersignature: an administrator grants alone' },
  { rule: 'R9', what: 'no checkpoints yet: modules are not witnesses of the log' },
  { rule: 'R16', what: 'no directory is connected' },
  { rule: 'R17', what: 'no webhooks go out' },
  { rule: 'R18', what: 'a restore opens new numbers and a new epoch, but no new version of the keys of modules' },
  { rule: 'R19', what: 'no signed updates yet' },
  { rule: 'R20', what: 'no tamper contacts are connected' },
  { rule: 'R21', what: 'the wallet has no screen yet' },
]

/** What the parts of the process say of themselves. */
export interface Running {
  readonly broker: Broker
  readonly database: Pick<RunningDatabase, 'kind'>
  readonly databaseVersion: string
}

/** The status. */
export async function status(core: Core, running: Running): Promise<Status> {
  const site = await core.sites.current()
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('site')
    .select(['epoch', 'revocation_version'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirstOrThrow()
  const states = await credentialCounts(core)
  const plant = await modulesOf(core, site, running.broker)
  const home = core.keyStore.home
  return {
    site:
      site === undefined
        ? null
        : { id: site.model.site.id, name: site.model.site.name, timeZone: site.model.site.timeZone },
    siteVersion: site?.version ?? null,
    epoch: row.epoch,
    simulated: core.simulated,
    clock: {
      now: instantText(core.clock.now()),
      quality: core.simulated ? 'synchronised (simulated)' : 'synchronised',
      simulated: core.simulated,
    },
    keys: {
      home,
      isHsm: home === 'hsm',
      sentence: home === 'software' ? softwareSentence : tokenSentence,
      hostTouches: core.keyStore.hostTouches,
    },
    counts: {
      people: Object.keys(site?.model.people ?? {}).length,
      robots: Object.keys(site?.model.robots ?? {}).length,
      assets: Object.keys(site?.model.assets ?? {}).length,
      credentials: states.all,
      enrolled: states.enrolled,
      rules: (site?.model.permissions.length ?? 0) + (site?.model.prohibitions.length ?? 0),
    },
    modules: plant.modules,
    blocks: {
      revoked: states.revoked,
      suspended: states.suspended,
      version: row.revocation_version,
      inForceEverywhere: plant.withoutBlocks.length === 0,
      waiting: plant.withoutBlocks,
    },
    withoutService: withoutService(site),
    records: await recordCounts(core),
    database: { state: 'up', kind: running.database.kind, version: running.databaseVersion },
    broker: {
      state: running.broker.running ? 'up' : 'down',
      address: `mqtt://127.0.0.1:${running.broker.port}`,
      clients: running.broker.clients,
    },
    restore: await restoreState(core),
    rulesNotInForce,
  }
}

function withoutService(site: SiteInForce | undefined): Status['withoutService'] {
  const autonomies = Object.values(site?.model.modules ?? {}).map(({ autonomy }) => autonomy)
  const least = autonomies.length === 0 ? null : Math.min(...autonomies)
  const sentence =
    least === null
      ? 'There is no module yet.'
      : `Every module goes on deciding by itself for at least ${Math.floor(least / 86_400)} days; new blocks and rules arrive when the service is back.`
  return { leastAutonomySeconds: least, sentence }
}

async function credentialCounts(
  core: Core,
): Promise<{ all: number; enrolled: number; revoked: number; suspended: number }> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('credential')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count'), fn.count<number>('enrolled_at').as('enrolled')])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('current', '=', true)
    .groupBy('state')
    .execute()
  const of = (state: string): number => Number(rows.find(row => row.state === state)?.count ?? 0)
  return {
    all: of('active') + of('suspended') + of('revoked'),
    enrolled: rows.reduce((sum, { enrolled }) => sum + Number(enrolled), 0),
    revoked: of('revoked'),
    suspended: of('suspended'),
  }
}

async function modulesOf(
  core: Core,
  site: SiteInForce | undefined,
  broker: Broker,
): Promise<{ readonly modules: Status['modules']; readonly withoutBlocks: readonly string[] }> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('module')
    .select(['module', 'commissioned_at', 'removed_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('current', '=', true)
    .execute()
  const effects = await allEffects(core)
  const ids = Object.keys(site?.model.modules ?? {})
  const withKeys = rows.filter(({ commissioned_at: at }) => at !== null)
  const commissioned = withKeys.filter(({ removed_at: at }) => at === null).map(({ module }) => module)
  const lacks = ({ desired, effective }: EffectState): boolean => effective < desired
  const waiting = ids.filter(id => !commissioned.includes(id) || effectTypes.some(type => lacks(effects(id, type))))
  return {
    modules: {
      total: ids.length,
      commissioned: commissioned.length,
      connected: broker.clients,
      current: ids.length - waiting.length,
      waiting,
    },
    // A module without keys permits nobody: no block is missing there. One that was taken out and put in again may still
    // work alone by what it had.
    withoutBlocks: ids.filter(
      id => withKeys.some(({ module }) => module === id) && lacks(effects(id, 'revocation-delta')),
    ),
  }
}

async function recordCounts(core: Core): Promise<Status['records']> {
  const { queries, scope } = core.storage
  const records = await queries
    .selectFrom('record')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('received_at').as('last')])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirstOrThrow()
  const count = async (table: 'gap' | 'alarm'): Promise<number> => {
    const { count: found } = await queries
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .executeTakeFirstOrThrow()
    return Number(found)
  }
  return {
    received: Number(records.count),
    gaps: await count('gap'),
    alarms: await count('alarm'),
    lastAt: instantOrNull(records.last),
  }
}
