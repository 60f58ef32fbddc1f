import type { MessageType } from './message-types.ts'

/** How far a receiver has come with a key id and type. The version counts first: a new one opens new numbers. */
export interface Mark {
  /** Version of the key. */
  readonly version: number
  /** 1 to 2^63-1. */
  readonly sequence: bigint
}

/** A mark with its place: what the caller stores in the same transaction as the effect. */
export interface MarkToStore extends Mark {
  readonly keyId: string
  readonly type: MessageType
}

/**
 * Whether a mark is above the stored one; envelope.md §5. Opening asks it of the mark that was read then; the
 * transaction that stores the effect asks it again of the mark that it reads itself (compare and set).
 */
export function advancesMark(stored: Mark | undefined, mark: Mark): boolean {
  if (stored === undefined) return true
  if (mark.version !== stored.version) return mark.version > stored.version
  return mark.sequence > stored.sequence
}
