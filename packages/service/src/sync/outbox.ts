/** Envelopes down: sealed, kept until they are acknowledged, and handed to the broker. */
import { encodePayload, type MapPayloads, sealEnvelope } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import { moduleKey, type Peer } from './peers.ts'
import { nextSequence } from './sequences.ts'

/** Numbers of the types that the service sends. envelope.md §1 */
export const typeNumbers = {
  'policy-bundle': 1,
  'revocation-delta': 2,
  'key-package': 3,
  command: 4,
  acknowledgement: 5,
} as const
export type DownType = keyof typeof typeNumbers

/** What to seal. */
export interface DownMessage<T extends DownType> {
  readonly type: T
  readonly payload: MapPayloads[T]
  /** Seconds; null for an acknowledgement. */
  readonly notAfter: number | null
}

export interface SealedDown {
  readonly envelope: Uint8Array
  readonly sequence: bigint
}

/** Takes a number, then seals. */
export async function sealDown<T extends DownType>(
  core: Core,
  peer: Peer,
  message: DownMessage<T>,
): Promise<SealedDown> {
  const { type, payload, notAfter } = message
  const key = await moduleKey(core, peer, 'transport-down')
  const sequence = await nextSequence(core, {
    receiver: peer.party,
    type: typeNumbers[type],
    keyVersion: peer.keyVersion,
  })
  const envelope = await sealEnvelope(core.keyStore, {
    ...core.storage.scope,
    key,
    type,
    from: core.roots.service,
    to: peer.party,
    sequence,
    issued: seconds(core.clock.now()),
    notAfter,
    payload: encodePayload(type, payload),
  })
  return { envelope, sequence }
}

/** An envelope that waits for its acknowledgement. */
export interface Waiting {
  readonly id: number
  readonly version: number
  readonly keyVersion: number
  readonly envelope: Uint8Array
  readonly sentAt: number | null
}

/** Puts a sealed envelope into the outbox. `version` is the content's: what is in force once it is acknowledged. */
export async function keep(
  core: Core,
  peer: Peer,
  { type, version, sealed }: { readonly type: DownType; readonly version: number; readonly sealed: SealedDown },
): Promise<Waiting> {
  const { queries, scope } = core.storage
  const { id } = await queries
    .insertInto('outbox')
    .values({
      ...scope,
      module: peer.module,
      type: typeNumbers[type],
      version,
      key_version: peer.keyVersion,
      sequence: Number(sealed.sequence),
      envelope: sealed.envelope,
      created_at: core.clock.now(),
      sent_at: null,
      acknowledged_at: null,
      result: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await forgetBeyond(core, peer, type)
  return { id, version, keyVersion: peer.keyVersion, envelope: sealed.envelope, sentAt: null }
}

/** A module may ask for answers as often as it likes; of each type so many are kept, the newest. */
const mostOfAType = 256

async function forgetBeyond(core: Core, { module }: Peer, type: DownType): Promise<void> {
  const { queries, scope } = core.storage
  const oldest = await queries
    .selectFrom('outbox')
    .select('id')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .where('type', '=', typeNumbers[type])
    .orderBy('id', 'desc')
    .offset(mostOfAType - 1)
    .limit(1)
    .executeTakeFirst()
  if (oldest === undefined) return
  await queries
    .deleteFrom('outbox')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .where('type', '=', typeNumbers[type])
    .where('id', '<', oldest.id)
    .execute()
}

/** The newest envelope of a type, if it still waits; older ones are stale once a newer one was sent. */
export async function newestWaiting(core: Core, peer: Peer, type: DownType): Promise<Waiting | undefined> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('outbox')
    .select(['id', 'version', 'key_version', 'envelope', 'sent_at', 'acknowledged_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .where('type', '=', typeNumbers[type])
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (row === undefined || row.acknowledged_at !== null) return undefined
  return { id: row.id, version: row.version, keyVersion: row.key_version, envelope: row.envelope, sentAt: row.sent_at }
}

/** Notes that an envelope was handed to the network. */
export async function noteSent(core: Core, id: number): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .updateTable('outbox')
    .set({ sent_at: core.clock.now() })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('id', '=', id)
    .execute()
}

/** How long answered and replaced envelopes are kept, for whoever looks into a dispute over delivery. */
const keptMs = 7 * 86_400_000

/** Forgets envelopes that are long answered, and commands that were for then. */
export async function forgetOutbox(core: Core): Promise<void> {
  const { queries, scope } = core.storage
  const before = core.clock.now() - keptMs
  await queries
    .deleteFrom('outbox')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where(({ eb, and, or }) =>
      or([
        eb('acknowledged_at', '<', before),
        and([eb('type', '=', typeNumbers.command), eb('created_at', '<', before)]),
      ]),
    )
    .execute()
}

const [done, baseMismatch] = [0, 2]

/**
 * When the module last refused what the newest envelope of a type says; undefined: it did not, or another base will do.
 * Sealed anew at once, it would be refused at once.
 */
export async function refusedAt(
  core: Core,
  peer: Peer,
  { type, version }: { readonly type: DownType; readonly version: number },
): Promise<number | undefined> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('outbox')
    .select(['version', 'acknowledged_at', 'result'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .where('type', '=', typeNumbers[type])
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (row === undefined || row.version !== version || row.acknowledged_at === null) return undefined
  return row.result === done || row.result === baseMismatch ? undefined : row.acknowledged_at
}
