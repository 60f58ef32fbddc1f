/** What a module is sent of each type: the newest content, ready to be sealed. */
import type { PolicyBundle, RevocationDelta, RevocationEntry } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import type { EffectType } from './effects.ts'
import type { DownMessage } from './outbox.ts'
import type { Peer } from './peers.ts'

type Message = DownMessage<'policy-bundle' | 'revocation-delta'> & { readonly version: number }

/** An envelope may age so much beyond the module's autonomy. threat-model §8 */
const graceSeconds = 60 * 86_400
const actions = { 1: 'revoke', 2: 'suspend', 3: 'restore' } as const

/** The newest content of a type; undefined when there is nothing to send by itself (the first key package is carried). */
export async function messageFor(
  core: Core,
  peer: Peer,
  {
    type,
    effective,
    nonce,
  }: { readonly type: EffectType; readonly effective: number; readonly nonce: Uint8Array | undefined },
): Promise<Message | undefined> {
  if (type === 'policy-bundle') return bundleMessage(core, peer, nonce)
  if (type === 'revocation-delta') return deltaMessage(core, effective)
  return undefined
}

async function bundleMessage(core: Core, peer: Peer, nonce: Uint8Array | undefined): Promise<Message | undefined> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('bundle')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .orderBy('version', 'desc')
    .executeTakeFirst()
  if (row === undefined) return undefined
  const payload: PolicyBundle = {
    epoch: row.epoch,
    version: row.version,
    revocationVersion: row.revocation_version,
    notBefore: row.not_before,
    notAfter: row.not_after,
    tables: row.tables,
    siteDigest: row.site_digest,
    ...(nonce !== undefined && { nonce }),
  }
  return { type: 'policy-bundle', version: row.version, payload, notAfter: row.not_after }
}

/** Everything since the version that the module has, the last word on each credential. */
async function deltaMessage(core: Core, base: number): Promise<Message | undefined> {
  const { queries, scope } = core.storage
  const { revocation_version: version } = await queries
    .selectFrom('site')
    .select('revocation_version')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirstOrThrow()
  if (version === 0) return undefined
  const rows = await queries
    .selectFrom('revocation_entry')
    .select(['pseudonym', 'action'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('version', '>', base)
    .orderBy('version')
    .execute()
  const last = new Map<string, RevocationEntry>()
  for (const { pseudonym, action } of rows) {
    const key = Buffer.from(pseudonym).toString('hex')
    // Deleted first, so that the order is that of the last words.
    last.delete(key)
    last.set(key, { credential: pseudonym, action: actions[action as 1 | 2 | 3], until: null })
  }
  const payload: RevocationDelta = { base, version, entries: [...last.values()] }
  return { type: 'revocation-delta', version, payload, notAfter: seconds(core.clock.now()) + graceSeconds }
}
