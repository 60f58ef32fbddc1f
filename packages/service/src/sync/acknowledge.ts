/** What a module says to have done with envelopes from the service. */
import type { AcknowledgedEnvelope, Acknowledgement, Heads } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'
import { type EffectType, effectOf, effectTypes, noteEffective } from './effects.ts'
import { type DownType, typeNumbers } from './outbox.ts'
import type { Peer } from './peers.ts'

const resultNumbers = {
  done: 0,
  refused: 1,
  'base-mismatch': 2,
  expired: 3,
  storage: 4,
  'key-store': 5,
  'unknown-outcome': 6,
} as const

interface Alarm {
  readonly code: string
  readonly detail: string
}

/** Notes acknowledgements; whatever they say of envelopes that were never sent is an alarm (envelope.md §6). */
export async function acknowledgeDown(
  core: Core,
  peer: Peer,
  { acknowledged, heads }: Acknowledgement,
): Promise<{ readonly alarms: readonly Alarm[] }> {
  const alarms = await core.storage.transaction(async queries => {
    const raised: Alarm[] = []
    for (const entry of acknowledged) raised.push(...(await note(core, queries, { peer, entry })))
    // What it says to have in force.
    await raiseEffective(core, queries, peer, heads ?? {})
    return raised
  })
  return { alarms }
}

async function note(
  core: Core,
  queries: Queries,
  { peer, entry }: { readonly peer: Peer; readonly entry: AcknowledgedEnvelope },
): Promise<readonly Alarm[]> {
  const { scope } = core.storage
  const { type, version: keyVersion, sequence, result } = entry
  if (!isDown(type)) return [{ code: 'acknowledged-never-sent', detail: `${type} ${sequence}` }]
  // Acknowledgements are not acknowledged; nothing is kept of them.
  if (type === 'acknowledgement') return []
  const row = await queries
    .selectFrom('outbox')
    .select(['id', 'version', 'result'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', peer.module)
    .where('type', '=', typeNumbers[type])
    .where('key_version', '=', keyVersion)
    .where('sequence', '=', Number(sequence))
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) return [{ code: 'acknowledged-never-sent', detail: `${type} ${sequence}` }]
  // What took effect stays so, and what was said already is no news: an acknowledgement may come late, and again.
  if (row.result === resultNumbers.done || row.result === resultNumbers[result]) return []
  await queries
    .updateTable('outbox')
    .set({ acknowledged_at: core.clock.now(), result: resultNumbers[result] })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('id', '=', row.id)
    .execute()
  if (isEffect(type)) {
    if (result === 'done') await raise(core, queries, { module: peer.module, type, version: row.version })
    // The module's state is not what we thought: the next delta begins at nothing.
    if (result === 'base-mismatch') await noteEffective(core, queries, { module: peer.module, type, version: 0 })
  }
  return result === 'done' ? [] : [{ code: `module-${result}`, detail: `${type} ${sequence}` }]
}

async function raiseEffective(core: Core, queries: Queries, { module }: Peer, heads: Heads): Promise<void> {
  const said = [
    { type: 'policy-bundle', version: heads.bundle },
    { type: 'revocation-delta', version: heads.revocations },
    { type: 'key-package', version: heads.keyPackage },
  ] as const
  for (const { type, version } of said) if (version !== undefined) await raise(core, queries, { module, type, version })
}

/** Notes a version in force, if it is above the one that is known: acknowledgements come in any order. */
async function raise(core: Core, queries: Queries, at: Parameters<typeof noteEffective>[2]): Promise<void> {
  if (at.version > (await effectOf(core, at.module, at.type, queries)).effective) await noteEffective(core, queries, at)
}

function isDown(type: string): type is DownType {
  return Object.hasOwn(typeNumbers, type)
}

function isEffect(type: string): type is EffectType {
  return effectTypes.some(known => known === type)
}
