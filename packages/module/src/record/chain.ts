/** The hash chain of a module's records, and what its identity key signs of it. specs log.md §5, envelope.md §3. */
import { createHash } from 'node:crypto'
import { bytesEqual, concat, uintBytes, utf8 } from '@edgeward/base'

const zero = Uint8Array.of(0)
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(concat(...parts)).digest())

/** Head before the first record of a chain epoch. */
export function firstHead(moduleParty: Uint8Array, chainEpoch: number): Uint8Array {
  return sha256(utf8('edgeward/audit/1'), zero, moduleParty, uintBytes(chainEpoch, 4))
}

/** Head after record `number`, whose bytes are `record`. */
export function nextHead(head: Uint8Array, number: number, record: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(2), head, uintBytes(number, 8), sha256(record))
}

/** The number of the first record whose head does not follow from what is before it; undefined: the chain is whole. */
export function firstBrokenRecord(
  headBefore: Uint8Array,
  records: readonly { readonly number: number; readonly bytes: Uint8Array; readonly head: Uint8Array }[],
): number | undefined {
  let head = headBefore
  let expected = records[0]?.number ?? 0
  for (const record of records) {
    head = nextHead(head, record.number, record.bytes)
    if (record.number !== expected || !bytesEqual(head, record.head)) return expected
    expected += 1
  }
  return undefined
}

/** What evidence says: the head, how many records there are, the counter of the secure element. */
export interface EvidenceClaims {
  readonly head: Uint8Array
  readonly records: number
  readonly counter: number
}

/** The bytes that `module-identity` signs for evidence (R4). */
export function evidenceBytes(moduleParty: Uint8Array, chainEpoch: number, { head, records, counter }: EvidenceClaims): Uint8Array {
  return concat(
    utf8('edgeward/evidence/1'),
    zero,
    moduleParty,
    uintBytes(chainEpoch, 4),
    head,
    uintBytes(records, 8),
    uintBytes(counter, 8),
  )
}
