/** The types of envelopes, their numbers and rules: the table of envelope.md §1. */

/** `down`: service to module; `up`: module to service; `holder`: service to the modules of a site or group by way of a holder. */
export type Direction = 'down' | 'up' | 'holder'

export type MessageType =
  | 'policy-bundle'
  | 'revocation-delta'
  | 'key-package'
  | 'command'
  | 'acknowledgement'
  | 'audit-batch'
  | 'health'
  | 'credential-document'

export interface MessageRule {
  readonly number: number
  readonly directions: readonly Direction[]
  /** `newest`: only what is above the mark; `any`: idempotent, in any order. */
  readonly order: 'newest' | 'any'
  /** Must have an end, `notAfter`; the others have none. */
  readonly ends: boolean
}

export const messageRules: Readonly<Record<MessageType, MessageRule>> = {
  'policy-bundle': { number: 1, directions: ['down'], order: 'newest', ends: true },
  'revocation-delta': { number: 2, directions: ['down'], order: 'newest', ends: true },
  'key-package': { number: 3, directions: ['down'], order: 'newest', ends: true },
  command: { number: 4, directions: ['down'], order: 'newest', ends: true },
  acknowledgement: { number: 5, directions: ['down', 'up'], order: 'any', ends: false },
  'audit-batch': { number: 6, directions: ['up'], order: 'any', ends: false },
  health: { number: 7, directions: ['up'], order: 'newest', ends: false },
  'credential-document': { number: 8, directions: ['holder'], order: 'any', ends: true },
}

export const directionNumbers: Readonly<Record<Direction, number>> = { down: 1, up: 2, holder: 3 }

const typesByNumber = new Map(Object.entries(messageRules).map(([type, { number }]) => [number, type as MessageType]))

/** The type of this number, or undefined. */
export function messageTypeOf(number: number | bigint): MessageType | undefined {
  return typeof number === 'number' ? typesByNumber.get(number) : undefined
}
