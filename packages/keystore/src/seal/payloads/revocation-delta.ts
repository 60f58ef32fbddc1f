import { at, bytes, codes, list, maybeAt, members, nullable, row, type Shape, uint } from '../shape.ts'
import { type Checkpoint, checkpoint } from './parts.ts'

export interface RevocationEntry {
  /** Credential id, 8 bytes. */
  readonly credential: Uint8Array
  readonly action: 'revoke' | 'suspend' | 'restore'
  /** Seconds: the end of a suspension; null: none. */
  readonly until: number | null
}

/** What changed about credentials since version `base`, cumulative. envelope.md §3 */
export interface RevocationDelta {
  readonly base: number
  readonly version: number
  readonly entries: readonly RevocationEntry[]
  readonly checkpoint?: Checkpoint
}

const entry = row<RevocationEntry>({
  credential: bytes(8),
  action: codes({ revoke: 1, suspend: 2, restore: 3 }),
  until: nullable(uint),
})

export const revocationDelta: Shape<RevocationDelta> = members<RevocationDelta>({
  base: at(1, uint),
  version: at(2, uint),
  entries: at(3, list(entry)),
  checkpoint: maybeAt(-1, checkpoint),
})
