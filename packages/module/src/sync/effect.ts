import type { AcknowledgementResult } from '@edgeward/keystore/seal'
import type { PolicyChange } from '../policy/policy.ts'

/** What an envelope leads to: one transaction together with its mark, or a refusal that changes nothing. */
export type Effect =
  | {
      readonly result: 'done'
      readonly change?: PolicyChange
      /** Inside the transaction. */
      readonly store?: () => void
      /** What the chain of records says of it. */
      readonly event?: string
      readonly detail?: Readonly<Record<string, string>>
    }
  | { readonly result: Exclude<AcknowledgementResult, 'done'>; readonly because: string }

/** Nothing to do: it is done already. */
export const nothing: Effect = { result: 'done' }

export function refused(because: string, result: Exclude<AcknowledgementResult, 'done'> = 'refused'): Effect {
  return { result, because }
}
