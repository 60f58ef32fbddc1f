/**
 * R18: a restore is an event. What was restored does not know what it said after the backup was taken, so that before it
 * says anything it opens new numbers for everything that it numbers: above all that it, or an earlier restore of the same
 * backup, can have used. Numbers begin at the clock, which has gone on meanwhile. New versions of the transport keys are
 * not among them: a nonce does not come from a number here (envelope.md §2), and the wrapped keys stay as they are.
 */
import { chainStart } from '@edgeward/keystore/seal'
import { recordAct, serviceName } from '../audit/act.ts'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import { lockSite } from '../site/apply.ts'
import { buildBundles } from '../site/bundles.ts'
import type { Queries } from '../storage/storage.ts'
import { typeNumbers } from '../sync/outbox.ts'
import { readRestoredNote, removeRestoredNote } from './marker.ts'
import { noteModules } from './restored-modules.ts'

/** Numbers of envelopes begin here: no service sends a thousand a millisecond, and 2^53 is far (the year 2248). */
const numbersPerMs = 1_024

/** Honours the note of a restore, if there is one. To be called before anything is sent. */
export async function beginAgainAfterRestore(core: Core, dataFolder: string): Promise<void> {
  const note = readRestoredNote(dataFolder)
  if (note === undefined) return
  await core.storage.transaction(queries => beginAgain(core, queries, note.takenAt))
  // A crash before this does it all once more: that harms nothing.
  removeRestoredNote(dataFolder)
  core.feed.added()
}

async function beginAgain(core: Core, queries: Queries, takenAt: string | null): Promise<void> {
  const { scope } = core.storage
  const now = core.clock.now()
  const { epoch: before, revocation_version: revocations } = await lockSite(core, queries)
  const epoch = Math.max(before + 1, seconds(now))
  await noteModules(core, queries, takenAt)
  await endWhatWasForOnce(core, queries)
  await openNumbers(core, queries, now * numbersPerMs)
  await newChain(core, queries)
  const site = await core.sites.current(queries)
  if (site !== undefined) {
    await buildBundles(core, queries, {
      site: site.model,
      siteVersion: site.version,
      digest: site.digest,
      epoch,
      // As it was: a module that knows of later blocks keeps them beside this bundle (it "must not lift them").
      revocationVersion: revocations,
      leastVersion: seconds(now),
    })
  }
  await queries
    .updateTable('site')
    .set({ epoch, revocation_version: Math.max(revocations, seconds(now)) })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  await recordAct(core, queries, {
    actor: { kind: 'service' },
    event: 'restored',
    detail: { taken: takenAt ?? 'unknown', epoch: String(epoch), epochBefore: String(before) },
  })
}

/** Sessions, links, invitations, orders: what was used since would work a second time, and what was ended would live again. */
async function endWhatWasForOnce(core: Core, queries: Queries): Promise<void> {
  const { scope } = core.storage
  for (const table of ['session', 'log_in_link', 'invitation', 'challenge', 'commissioning_order'] as const) {
    await queries.deleteFrom(table).where('tenant', '=', scope.tenant).where('site', '=', scope.site).execute()
  }
  // Sealed under old numbers; what is wanted is sealed anew. First packages of keys were carried by hand.
  await queries
    .deleteFrom('outbox')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('acknowledged_at', 'is', null)
    .where('type', '!=', typeNumbers['key-package'])
    .execute()
}

/** Every counter of envelopes goes on above `least`, those too that had not begun yet when the backup was taken. */
async function openNumbers(core: Core, queries: Queries, least: number): Promise<void> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('module')
    .select(['party', 'key_version'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const counters = rows.flatMap(({ party: receiver, key_version: version }) =>
    Object.values(typeNumbers).flatMap(type => [0, version].map(key_version => ({ receiver, type, key_version }))),
  )
  for (const counter of counters) {
    await queries
      .insertInto('sequence')
      .values({ ...scope, ...counter, last: least })
      .onConflict(conflict => conflict.columns(['tenant', 'site', 'receiver', 'type', 'key_version']).doNothing())
      .execute()
  }
  await queries
    .updateTable('sequence')
    .set(({ fn, ref, val }) => ({ last: fn<number>('greatest', [ref('last'), val(least)]) }))
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
}

/** log.md §5: the epoch of a chain only rises. Nobody can say which records the old one had after the backup. */
async function newChain(core: Core, queries: Queries): Promise<void> {
  const { scope } = core.storage
  const source = core.roots.service
  const row = await queries
    .selectFrom('chain')
    .select('chain_epoch')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', source)
    .executeTakeFirst()
  if (row === undefined) return
  const chainEpoch = Math.max(row.chain_epoch + 1, seconds(core.clock.now()))
  await queries
    .updateTable('chain')
    .set({ chain_epoch: chainEpoch, number: 0, head: chainStart({ module: source, chainEpoch }) })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('source', '=', source)
    .execute()
  core.log.warn({ module: serviceName, chainEpoch }, 'restored: a new chain of records begins')
}
