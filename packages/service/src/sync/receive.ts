/** Envelopes up: opened by the key that sealed them, verified, taken in, answered. A bad one is counted and never more. */

import {
  type Acknowledgement,
  type AcknowledgementResult,
  advancesMark,
  EnvelopeRefused,
  type Evidence,
  type Health,
  type Mark,
  type MarkToStore,
  type MessageType,
  type Opened,
  openEnvelope,
} from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import { heardOf } from '../restore/restored-modules.ts'
import type { Queries } from '../storage/storage.ts'
import { acknowledgeDown } from './acknowledge.ts'
import { countRefusal, raiseAlarm } from './alarms.ts'
import { receiveBatch } from './batches.ts'
import { noteEffective } from './effects.ts'
import { type Judgement, judgeEvidence, signedEpoch } from './evidence.ts'
import { typeNumbers } from './outbox.ts'
import { ownAlarms } from './own-alarms.ts'
import { findPeer, findPeerByAccount, findPeerByKey, moduleKey, type Peer } from './peers.ts'

/** What the service does about an envelope that it took in, beside storing it. */
export interface Answers {
  /** To be sent to the module, now. */
  acknowledge(peer: Peer, acknowledgement: Acknowledgement): Promise<void>
  /** Signed time for a module that asked by its nonce (R5). */
  tellTime(peer: Peer, nonce: Uint8Array): Promise<void>
  /** Sends whatever the module has not acknowledged; at once, as it has just spoken. */
  bringUpToDate(peer: Peer, nonce: Uint8Array | undefined): Promise<void>
}

const upTypes: Readonly<Record<string, number>> = { acknowledgement: 5, 'audit-batch': 6, health: 7 }

/** Takes in bytes from an account's topic. Never rejects because of what came. */
export async function receive(core: Core, answers: Answers, account: string, bytes: Uint8Array): Promise<void> {
  try {
    const { peer, envelope } = await open(core, bytes)
    await take(core, answers, peer, envelope)
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    core.log.debug({ account, reason: error.code }, 'an envelope was refused')
    const sender = await findPeerByAccount(core, account)
    await countRefusal(core, { module: sender?.module ?? account, reason: error.code })
  }
}

/** Opens an envelope with the key that it names; whose key that is says who sent it, the topic does not (T33). */
async function open(core: Core, bytes: Uint8Array): Promise<{ peer: Peer; envelope: Opened }> {
  const { scope } = core.storage
  const found: { peer?: Peer } = {}
  const envelope = await openEnvelope(
    core.keyStore,
    {
      ...scope,
      me: core.roots.service,
      groups: [],
      async findKey({ keyId, version }) {
        const peer = await findPeerByKey(core, keyId)
        if (peer === undefined) return undefined
        found.peer = peer
        if (version > peer.keyVersion) return undefined
        const handle = await moduleKey(core, { party: peer.party, keyVersion: version }, 'transport-up')
        return { handle, direction: 'up', peer: peer.party, retired: version < peer.keyVersion }
      },
      // Health is the one type with a mark; its number is compared where its evidence can be read.
      mark: () => undefined,
    },
    bytes,
    { now: seconds(core.clock.now()) },
  )
  if (found.peer === undefined) throw new EnvelopeRefused('key-unknown', 'no module has this key')
  return { peer: found.peer, envelope }
}

async function take(core: Core, answers: Answers, peer: Peer, envelope: Opened): Promise<void> {
  const { sequence, keyVersion } = envelope
  const acknowledge = (type: MessageType, version: number, result: AcknowledgementResult): Promise<void> =>
    answers.acknowledge(peer, { acknowledged: [{ type, version, sequence, result }] })
  switch (envelope.type) {
    case 'audit-batch': {
      if (signedEpoch(peer, envelope.payload.evidence) !== undefined && (await hasFallen(core, peer, envelope))) {
        await acknowledge('audit-batch', peer.row.complete_record, 'refused')
        return
      }
      const outcome = await receiveBatch(core, peer, envelope.payload)
      // What the module did not sign says nothing of the module, not even that it lives.
      if (outcome.result === 'done') await noteContact(core, peer)
      if (outcome.result === 'done' && outcome.added > 0) {
        for (const alarm of ownAlarms(envelope.payload)) await raiseAlarm(core, { module: peer.module, ...alarm })
      }
      if (outcome.result === 'refused')
        await raiseAlarm(core, {
          module: peer.module,
          code: outcome.why,
          detail: `batch ${envelope.payload.first}-${envelope.payload.last}`,
        })
      await acknowledge('audit-batch', outcome.complete, outcome.result)
      await noteAcknowledged(core, peer, outcome.complete)
      return
    }
    case 'acknowledgement': {
      await hasFallen(core, peer, envelope)
      await noteContact(core, peer)
      const { alarms } = await acknowledgeDown(core, peer, envelope.payload)
      for (const alarm of alarms) await raiseAlarm(core, { module: peer.module, ...alarm })
      if (envelope.payload.acknowledged.some(({ result }) => result !== 'done')) {
        await answers.bringUpToDate((await findPeer(core, peer.module)) ?? peer, undefined)
      }
      return
    }
    case 'health': {
      const { payload } = envelope
      const mark = await markOfHealth(core, peer, envelope)
      const restored = await heardOf(core, peer, payload)
      const lost = recordsLost(peer, payload, signedEpoch(peer, payload.evidence))
      await storeHealth(core, peer, { health: payload, mark })
      if (restored !== undefined)
        await raiseAlarm(core, { module: peer.module, code: 'module-ahead', detail: restored })
      if (lost !== undefined) await raiseAlarm(core, { module: peer.module, code: 'audit-gap', detail: lost })
      if (payload.nonce !== undefined) await answers.tellTime(peer, payload.nonce)
      await acknowledge('health', keyVersion, 'done')
      await answers.bringUpToDate((await findPeer(core, peer.module)) ?? peer, payload.nonce)
      return
    }
    default:
      throw new EnvelopeRefused('type', `a ${envelope.type} does not go up`)
  }
}

interface FromModule {
  readonly issued: number
  readonly payload: { readonly evidence?: Evidence }
}

/** Whether the module's counter is lower than it was: then its disk was put back, which is an alarm (T24). */
async function hasFallen(core: Core, peer: Peer, { issued, payload }: FromModule): Promise<boolean> {
  const { evidence } = payload
  return tellOfFall(core, peer, evidence, await judgeEvidence(core, peer, { evidence, issued }))
}

async function tellOfFall(
  core: Core,
  { module }: Peer,
  evidence: Evidence | undefined,
  { fallenFrom }: Judgement,
): Promise<boolean> {
  if (fallenFrom === undefined) return false
  const detail = `evidence counter ${evidence?.counter}, was ${fallenFrom}`
  await raiseAlarm(core, { module, code: 'rolled-back', detail })
  return true
}

/**
 * The mark that a health moves. One whose number was used is `stale`: somebody has sent it again; unless the module
 * signed it after everything that is known of it. Then its numbers have gone back, which is an alarm, and what it says to
 * have in force is what it has (T24). It moves no mark.
 */
async function markOfHealth(
  core: Core,
  peer: Peer,
  { issued, sequence, mark, payload: { evidence } }: Extract<Opened, { type: 'health' }>,
): Promise<MarkToStore | undefined> {
  const stored = await storedMark(core, peer, 'health')
  const isOld = mark !== undefined && !advancesMark(stored, mark)
  // Before anything of it is believed or kept.
  if (isOld && signedEpoch(peer, evidence) === undefined) throw new EnvelopeRefused('stale', `health ${sequence}`)
  const judgement = await judgeEvidence(core, peer, { evidence, issued })
  await tellOfFall(core, peer, evidence, judgement)
  if (!isOld) return mark
  if (!judgement.isNewest) throw new EnvelopeRefused('stale', `health ${sequence}`)
  const detail = `health ${sequence}, was ${stored?.sequence}`
  await raiseAlarm(core, { module: peer.module, code: 'rolled-back', detail })
  return undefined
}

/**
 * T60: fewer records than the module has signed for before. Only of a health that was made after what we know came: a
 * carrier may be late.
 */
function recordsLost({ row }: Peer, { evidence, time }: Health, chainEpoch: number | undefined): string | undefined {
  const { last_record: last, last_contact_at: contact } = row
  const isNews = time * 1000 >= (contact ?? 0)
  if (evidence === undefined || chainEpoch !== row.chain_epoch || evidence.records >= last || !isNews) return undefined
  return `${evidence.records} records, there were ${last}`
}

async function storeHealth(
  core: Core,
  peer: Peer,
  { health, mark }: { readonly health: Health; readonly mark: MarkToStore | undefined },
): Promise<void> {
  const { scope } = core.storage
  const now = core.clock.now()
  const qualities: readonly string[] = ['synchronised', 'drifting', 'floor-only', 'untrusted']
  const rolledBack = await core.storage.transaction(async queries => {
    if (mark !== undefined) await moveMark(core, queries, peer, mark)
    await queries
      .updateTable('module')
      .set(({ ref, fn, val }) => ({
        last_contact_at: now,
        health_at: now,
        clock_quality: qualities.indexOf(health.clockQuality),
        clock_offset_ms: health.time * 1000 - now,
        free_records: health.freeRecords,
        last_record: fn<number>('greatest', [ref('last_record'), val(health.evidence?.records ?? 0)]),
      }))
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', peer.module)
      .execute()
    const { heads } = health
    const said = [
      { type: 'policy-bundle', version: heads.bundle ?? 0 },
      { type: 'revocation-delta', version: heads.revocations ?? 0 },
      { type: 'key-package', version: heads.keyPackage ?? 0 },
    ] as const
    const back: string[] = []
    for (const { type, version } of said) {
      const { rolledBackFrom } = await noteEffective(core, queries, { module: peer.module, type, version })
      if (rolledBackFrom !== undefined) back.push(`${type} ${rolledBackFrom} to ${version}`)
    }
    return back
  })
  for (const detail of rolledBack) await raiseAlarm(core, { module: peer.module, code: 'rolled-back', detail })
  const ahead = await aheadOfUs(core, peer, health)
  if (ahead !== undefined) await raiseAlarm(core, { module: peer.module, code: 'module-ahead', detail: ahead })
}

/** R18: after a restore a module may have seen higher numbers than we know of. */
async function aheadOfUs(core: Core, peer: Peer, { highest }: Health): Promise<string | undefined> {
  const { queries, scope } = core.storage
  for (const [type, { version, sequence }] of highest ?? []) {
    const row = await queries
      .selectFrom('sequence')
      .select('last')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('receiver', '=', peer.party)
      .where('type', '=', numberOf(type))
      .where('key_version', '=', version)
      .executeTakeFirst()
    if (version > peer.keyVersion || Number(sequence) > (row?.last ?? 0)) return `${type} ${sequence}`
  }
  return undefined
}

async function storedMark(
  core: Core,
  peer: Peer,
  type: MessageType,
  queries: Queries = core.storage.queries,
): Promise<Mark | undefined> {
  const { scope } = core.storage
  const row = await queries
    .selectFrom('mark')
    .select(['key_version', 'sequence'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .where('type', '=', numberOf(type))
    .executeTakeFirst()
  return row && { version: row.key_version, sequence: BigInt(row.sequence) }
}

/** Compares once more and sets, with the effect. */
async function moveMark(core: Core, queries: Queries, peer: Peer, mark: MarkToStore): Promise<void> {
  const { scope } = core.storage
  const type = numberOf(mark.type)
  if (!advancesMark(await storedMark(core, peer, mark.type, queries), mark)) {
    throw new EnvelopeRefused('stale', 'another one came in between')
  }
  const values = { key_version: mark.version, sequence: Number(mark.sequence) }
  await queries
    .insertInto('mark')
    .values({ ...scope, module: peer.module, type, ...values })
    .onConflict(conflict => conflict.columns(['tenant', 'site', 'module', 'type']).doUpdateSet(values))
    .execute()
}

async function noteContact(core: Core, peer: Peer): Promise<void> {
  await updateModule(core, peer, { last_contact_at: core.clock.now() })
}

async function noteAcknowledged(core: Core, peer: Peer, acknowledged: number): Promise<void> {
  await updateModule(core, peer, { acknowledged_record: acknowledged })
}

async function updateModule(
  core: Core,
  peer: Peer,
  values: { readonly last_contact_at: number } | { readonly acknowledged_record: number },
): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .updateTable('module')
    .set(values)
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .execute()
}

function numberOf(type: MessageType): number {
  const down: Readonly<Record<string, number>> = typeNumbers
  return upTypes[type] ?? down[type] ?? 8
}
