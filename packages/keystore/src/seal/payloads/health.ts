import type { Mark } from '../mark.ts'
import type { MessageType } from '../message-types.ts'
import { at, codes, maybeAt, members, type Shape, ShapeError, uint } from '../shape.ts'
import { messageTypeCode } from './acknowledgement.ts'
import { type Evidence, evidence, type Heads, heads, markRow, nonce } from './parts.ts'

/** R5's order. */
export type ClockQuality = 'synchronised' | 'drifting' | 'floor-only' | 'untrusted'

/** How a module is. envelope.md §3 */
export interface Health {
  /** Seconds since 1970 by the module's clock. */
  readonly time: number
  readonly clockQuality: ClockQuality
  /** Seconds since its start. */
  readonly uptime: number
  readonly heads: Heads
  /** Audit records that it has still room for. */
  readonly freeRecords: number
  /** Its marks, so that a service that was restored sees modules ahead of it (R18). */
  readonly highest?: ReadonlyMap<MessageType, Mark>
  /** Asks for signed time (R5) or reports a rollback. */
  readonly nonce?: Uint8Array
  readonly evidence?: Evidence
}

const highest: Shape<ReadonlyMap<MessageType, Mark>> = {
  write: value => new Map([...value].map(([type, mark]) => [Number(messageTypeCode.write(type)), markRow.write(mark)])),
  read(value) {
    if (!(value instanceof Map)) throw new ShapeError('not a map')
    return new Map([...value].map(([type, mark]) => [messageTypeCode.read(type), markRow.read(mark)]))
  },
}

export const health: Shape<Health> = members<Health>({
  time: at(1, uint),
  clockQuality: at(2, codes({ synchronised: 0, drifting: 1, 'floor-only': 2, untrusted: 3 })),
  uptime: at(3, uint),
  heads: at(4, heads),
  freeRecords: at(5, uint),
  highest: maybeAt(6, highest),
  nonce: maybeAt(7, nonce),
  evidence: maybeAt(-2, evidence),
})
