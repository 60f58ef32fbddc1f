import type { Instant, Site } from '../site.ts'
import type { Claims } from './claims.ts'
import { own, without } from './own.ts'
import type { HolderQuestion } from './question.ts'
import type { PinCount, State } from './state.ts'

/** What PIN tries are counted by: the credential, or the person who has none. */
export function pinKey({ credential, person }: Pick<Claims, 'credential' | 'person'>): string {
  return credential === '' ? `${ofPerson}${person}` : credential
}

/** No id has a colon. */
const ofPerson = 'person:'

/** The person of a key that names no credential. */
export function personOfPinKey(key: string): string | undefined {
  return key.startsWith(ofPerson) ? key.slice(ofPerson.length) : undefined
}

/** Step 9: the state with the PIN of this tap counted. site.md §6.2. */
export function countPin({ site, state, factors, claims, at }: HolderQuestion): State {
  if (factors.pin === undefined) return state
  const key = pinKey(claims)
  return factors.pin === 'wrong' ? chargePinTry(site, state, key, at) : resetPin(state, key, at)
}

/**
 * The state with one wrong PIN counted. A module makes it durable BEFORE it compares the PIN (threat-model R7), so that
 * a power cut between entry and answer costs a try; then it decides by `step` on the state before, which counts a wrong
 * PIN in the same way and forgets the charge of a right one.
 */
export function chargePinTry(site: Site, state: State, credential: string, at: Instant): State {
  const count: PinCount = own(state.pins, credential) ?? { wrong: 0 }
  if (isLocked(count, at)) return state
  const wrong = count.wrong + 1
  const next: PinCount =
    wrong >= site.site.pinTries ? { wrong: 0, lockedUntil: at + site.site.pinLock } : { ...count, wrong }
  return { ...state, pins: { ...state.pins, [credential]: next } }
}

function resetPin(state: State, key: string, at: Instant): State {
  const count = own(state.pins, key)
  if (count === undefined || isLocked(count, at)) return state
  // A lock that is over is kept: a clock that was set back makes it hold again.
  const pins =
    count.lockedUntil === undefined ? without(state.pins, key) : { ...state.pins, [key]: { ...count, wrong: 0 } }
  return { ...state, pins }
}

const isLocked = ({ lockedUntil }: PinCount, at: Instant): boolean => lockedUntil !== undefined && at < lockedUntil
