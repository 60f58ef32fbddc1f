import { at, bytes, list, maybeAt, members, type Shape, text, uint } from '../shape.ts'
import { type Evidence, evidence } from './parts.ts'

/** What a commitment hides; kept beside the log and erasable. log.md §5 */
export interface Opening {
  /** At most 255 bytes in UTF-8. */
  readonly field: string
  /** 16 random bytes. */
  readonly salt: Uint8Array
  readonly value: Uint8Array
}

/** Records of a module's audit chain. envelope.md §3, log.md §5 */
export interface AuditBatch {
  /** Numbers of the first and last record; none is left out. */
  readonly first: number
  readonly last: number
  /** Head of the chain before the first record. */
  readonly headBefore: Uint8Array
  readonly records: readonly Uint8Array[]
  /** MAC of the head after the last record. */
  readonly mac: Uint8Array
  readonly chainEpoch: number
  readonly openings?: readonly Opening[]
  readonly evidence?: Evidence
}

const opening = members<Opening>({ field: at(1, text), salt: at(2, bytes(16)), value: at(3, bytes()) })

export const auditBatch: Shape<AuditBatch> = members<AuditBatch>({
  first: at(1, uint),
  last: at(2, uint),
  headBefore: at(3, bytes(32)),
  records: at(4, list(bytes(), { least: 1 })),
  mac: at(5, bytes(32)),
  chainEpoch: at(6, uint),
  openings: maybeAt(7, list(opening)),
  evidence: maybeAt(-2, evidence),
})
