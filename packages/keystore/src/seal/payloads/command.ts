import { at, bytes, list, maybeAt, members, type PlainMap, plainMap, type Shape, text, uint } from '../shape.ts'
import { type Checkpoint, checkpoint } from './parts.ts'

/** Something that a module is to do once. Verbs and arguments are the events of site.md §7. envelope.md §3 */
export interface Command {
  /** 16 bytes; the same over repeats, acts once. */
  readonly id: Uint8Array
  readonly verb: string
  readonly arguments: PlainMap
  /** Seconds since 1970; `notAfter` ends a lockdown or evacuation by itself (R10). */
  readonly notBefore: number
  readonly notAfter: number
  /** Who ordered it, 8 bytes. */
  readonly by: Uint8Array
  readonly approvals?: readonly Uint8Array[]
  readonly checkpoint?: Checkpoint
}

export const command: Shape<Command> = members<Command>({
  id: at(1, bytes(16)),
  verb: at(2, text),
  arguments: at(3, plainMap),
  notBefore: at(4, uint),
  notAfter: at(5, uint),
  by: at(6, bytes(8)),
  approvals: maybeAt(7, list(bytes())),
  checkpoint: maybeAt(-1, checkpoint),
})
