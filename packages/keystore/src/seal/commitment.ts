import { createHash } from 'node:crypto'
import { concat, uintBytes, utf8 } from '@edgeward/base'
import type { Opening } from './payloads/audit-batch.ts'

export const saltBytes = 16

/**
 * What a record shows of a personal value; log.md §5. 32 bytes that say nothing once the opening is erased. Throws a
 * RangeError for a salt that is not 16 bytes or a field above 255 bytes.
 */
export function commitment({ field, salt, value }: Opening): Uint8Array {
  if (salt.length !== saltBytes) throw new RangeError(`a salt has ${saltBytes} bytes`)
  const name = utf8(field)
  const hashed = concat(utf8('edgeward/commit/1\0'), uintBytes(name.length, 1), name, salt, value)
  return Uint8Array.from(createHash('sha256').update(hashed).digest())
}
