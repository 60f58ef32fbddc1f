/** Revocations since a version, cumulative. envelope.md §3 */
import { toHex } from '@edgeward/base'
import { type Event, step } from '@edgeward/domain'
import type { RevocationDelta, RevocationEntry } from '@edgeward/keystore/seal'
import { endingOf, type Policy } from '../policy/policy.ts'
import { removeEnding, writeEnding } from '../store/commands.ts'
import type { Database } from '../store/database.ts'
import { counter, setCounter } from '../store/meta.ts'
import { type Effect, nothing, refused } from './effect.ts'

const events = { revoke: 'revoke', suspend: 'suspend', restore: 'resume' } as const

/** A base above what is known here is a gap: the service has to send more. What is known already changes nothing. */
export function deltaEffect(
  db: Database,
  policy: Policy,
  at: number,
  { base, version, entries }: RevocationDelta,
): Effect {
  const known = counter(db, 'revocationVersion')
  const { world } = policy
  if (world === undefined || base > known) return refused('base', 'base-mismatch')
  if (version <= known) return nothing
  const state = entries.reduce((before, entry) => step(world, before, eventOf(entry, at)).state, policy.state)
  return {
    result: 'done',
    change: { state },
    store() {
      for (const entry of entries) storeEnd(db, entry)
      setCounter(db, 'revocationVersion', version)
    },
    event: 'revocations-applied',
    detail: { version: String(version), credentials: String(entries.length) },
  }
}

function eventOf({ credential, action }: RevocationEntry, at: number): Event {
  return { type: events[action], at, credential: toHex(credential) }
}

/** A suspension with an end ends by itself; every later word on the credential replaces that end. */
function storeEnd(db: Database, { credential, action, until }: RevocationEntry): void {
  const ending = endingOf({ type: 'resume', at: 0, credential: toHex(credential) }, until ?? 0)
  if (action === 'suspend' && until !== null) writeEnding(db, ending)
  else removeEnding(db, ending.event)
}
