/** Why a session is over, as far as the page can tell. */
import type { SessionState } from '@edgeward/service/api'

/** `total`: its longest time was over. `idle`: nobody used it, or it was ended somewhere else. */
export type SessionEnd = 'total' | 'idle'

/** The page looks every few seconds, so the last look before the end was not long before it. */
const lookMs = 30_000

/**
 * Why a session ended that the service no longer knows; undefined when there was none. `lastSeen`: the service's clock
 * at the last answer.
 */
export function reasonOfEnd(session: SessionState | undefined, lastSeen: string | undefined): SessionEnd | undefined {
  if (session?.state !== 'signed-in') return undefined
  if (session.expiresAt === null || lastSeen === undefined) return 'idle'
  return Date.parse(lastSeen) + lookMs >= Date.parse(session.expiresAt) ? 'total' : 'idle'
}
