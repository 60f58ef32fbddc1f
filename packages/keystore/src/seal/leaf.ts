/** Leaves of the log: the bytes that are hashed into the tree. log.md §5 */
import { type CborValue, encodeCbor } from '@edgeward/base'
import type { ChainName } from './evidence.ts'

/** Longest leaf: an entry bundle counts it in 16 bits. log.md §2 */
export const maxLeafBytes = 65_535

export interface RecordLeaf extends ChainName {
  readonly number: number
  readonly record: Uint8Array
  /** Head of the chain after the record. */
  readonly head: Uint8Array
}

/** A module's signature over a batch is a leaf of its own. */
export interface BatchLeaf extends ChainName {
  readonly first: number
  readonly last: number
  readonly head: Uint8Array
  readonly signature: Uint8Array
}

/** The leaf of one record. Throws a RangeError above 65,535 bytes. */
export function leafBytes({ module, chainEpoch, number, record, head }: RecordLeaf): Uint8Array {
  return leaf([
    [1, module],
    [2, chainEpoch],
    [3, number],
    [4, record],
    [5, head],
  ])
}

/** The leaf of a batch. */
export function batchLeafBytes({ module, chainEpoch, first, last, head, signature }: BatchLeaf): Uint8Array {
  return leaf([
    [1, module],
    [2, chainEpoch],
    [5, head],
    [6, first],
    [7, last],
    [8, signature],
  ])
}

function leaf(entries: readonly (readonly [number, CborValue])[]): Uint8Array {
  const encoded = encodeCbor(new Map(entries))
  if (encoded.length > maxLeafBytes) throw new RangeError(`a leaf has at most ${maxLeafBytes} bytes`)
  return encoded
}
