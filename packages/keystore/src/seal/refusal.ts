import { CborError, type CborLimits, type CborValue, decodeCbor } from '@edgeward/base'

/** Why an envelope or signed document is refused: envelope.md §4, in its order, and what §8 and §3 add. */
export type RefusalReason =
  | 'size'
  | 'malformed'
  | 'not-canonical'
  | 'structure'
  | 'header'
  | 'critical'
  | 'algorithm'
  | 'format'
  | 'key-unknown'
  | 'key-retired'
  | 'type'
  | 'direction'
  | 'sender'
  | 'receiver'
  | 'sequence'
  | 'signature'
  | 'point'
  | 'tag'
  | 'payload'
  | 'stale'
  | 'expired'
  | 'epoch'
  | 'base'
  | 'rollback'
  | 'transponder'
  | 'key-group'

/**
 * What came is refused; nothing of it was used and no state changed. `code` goes to audit and metrics; to whoever sent
 * or carried it every refusal is one error or silence.
 */
export class EnvelopeRefused extends Error {
  override name = 'EnvelopeRefused'
  readonly code: RefusalReason
  constructor(code: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Most values in what has not been authenticated yet: an empty map of one byte costs a hundred in memory. threat-model.md §8 */
export const maxUnprovenItems: number = 4_096

/** CBOR as envelope.md §1 has it. Refuses with `malformed` or `not-canonical`. */
export function decodeStrictly(bytes: Uint8Array, limits: CborLimits): CborValue {
  try {
    return decodeCbor(bytes, limits)
  } catch (error) {
    if (error instanceof CborError) throw new EnvelopeRefused(error.code, error.message, { cause: error })
    throw error
  }
}
