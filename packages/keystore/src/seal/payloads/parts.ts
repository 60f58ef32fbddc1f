/** Members that several payloads share. envelope.md §3 */
import { at, bigUint, bytes, list, maybeAt, members, nullable, row, type Shape, uint } from '../shape.ts'

/** Half-open, in seconds since 1970; null: no bound. site.md §1 */
export interface Validity {
  readonly from: number | null
  readonly to: number | null
}
export const validity: Shape<Validity> = row<Validity>({ from: nullable(uint), to: nullable(uint) })

/** The log's state with the consistency proof from the size that this module last confirmed (R9). */
export interface Checkpoint {
  readonly size: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

const hash = bytes(32)
export const checkpoint: Shape<Checkpoint> = members<Checkpoint>({
  size: at(1, uint),
  root: at(2, hash),
  proof: at(3, list(hash)),
})

/** What a module's identity key signed (R4). */
export interface Evidence {
  /** Head of the audit chain, 32 bytes. */
  readonly head: Uint8Array
  /** Number of records in the chain: the last number. */
  readonly records: number
  /** The secure element's counter. */
  readonly counter: number
  readonly signature: Uint8Array
}
export const evidence: Shape<Evidence> = members<Evidence>({
  head: at(1, hash),
  records: at(2, uint),
  counter: at(3, uint),
  signature: at(4, bytes(64)),
})

/** What is in force: versions, absent where there is nothing yet. */
export interface Heads {
  readonly bundle?: number
  readonly revocations?: number
  readonly keyPackage?: number
}
export const heads: Shape<Heads> = members<Heads>({
  bundle: maybeAt(1, uint),
  revocations: maybeAt(2, uint),
  keyPackage: maybeAt(3, uint),
})

/** Version of a key and sequence under it, as health reports them. */
export const markRow: Shape<{ readonly version: number; readonly sequence: bigint }> = row<{
  readonly version: number
  readonly sequence: bigint
}>({ version: uint, sequence: bigUint })

/** The module's, fresh in a health that asks for signed time or reports a rollback; the answer quotes it. */
export const nonce: Shape<Uint8Array> = bytes(16)
