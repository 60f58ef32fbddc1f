/** Numbers of types and results, as the store keeps them; the wire's own. envelope.md §1, §3 */
import type { AcknowledgementResult, MessageType } from '@edgeward/keystore/seal'

export const typeNumbers: Readonly<Record<MessageType, number>> = {
  'policy-bundle': 1,
  'revocation-delta': 2,
  'key-package': 3,
  command: 4,
  acknowledgement: 5,
  'audit-batch': 6,
  health: 7,
  'credential-document': 8,
}

export const resultNumbers: Readonly<Record<AcknowledgementResult, number>> = {
  done: 0,
  refused: 1,
  'base-mismatch': 2,
  expired: 3,
  storage: 4,
  'key-store': 5,
  'unknown-outcome': 6,
}

const namesOf = <Name extends string>(table: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> =>
  new Map(Object.entries<number>(table).map(([name, number]) => [number, name as Name]))
const typeNames = namesOf(typeNumbers)
const resultNames = namesOf(resultNumbers)

/** What a number means. */
export function typeOf(number: number): MessageType | undefined {
  return typeNames.get(number)
}

/** What a stored number means; one that is not known is an outcome that is not known. */
export function resultOf(number: number): AcknowledgementResult {
  return resultNames.get(number) ?? 'unknown-outcome'
}
