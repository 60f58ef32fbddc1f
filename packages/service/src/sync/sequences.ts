/** Numbers of envelopes: one counter per receiver, type and key version, taken durably before anything is sealed. envelope.md §5 */
import type { Core } from '../core.ts'

/** Which counter. */
export interface Counter {
  /** Party id of the receiver, 8 bytes. */
  readonly receiver: Uint8Array
  /** Number of the message type. */
  readonly type: number
  readonly keyVersion: number
}

/**
 * The next number. Committed at once and alone: a crash afterwards loses the number and never repeats it, whatever
 * becomes of what it was taken for. One row for all instances.
 */
export async function nextSequence(core: Core, { receiver, type, keyVersion }: Counter): Promise<bigint> {
  const { queries, scope } = core.storage
  const { last } = await queries
    .insertInto('sequence')
    .values({ ...scope, receiver, type, key_version: keyVersion, last: 1 })
    .onConflict(conflict =>
      conflict
        .columns(['tenant', 'site', 'receiver', 'type', 'key_version'])
        .doUpdateSet(({ eb, ref }) => ({ last: eb(ref('sequence.last'), '+', 1) })),
    )
    .returning('last')
    .executeTakeFirstOrThrow()
  return BigInt(last)
}
