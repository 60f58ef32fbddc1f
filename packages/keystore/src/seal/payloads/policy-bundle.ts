import { at, bytes, maybeAt, members, type Shape, uint } from '../shape.ts'
import { type Checkpoint, checkpoint, nonce } from './parts.ts'

/** The rules of one module. envelope.md §3 */
export interface PolicyBundle {
  readonly epoch: number
  readonly version: number
  /** The state of revocations that the tables hold. */
  readonly revocationVersion: number
  /** Seconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** The compiled policy; its first two bytes are the version of its format. */
  readonly tables: Uint8Array
  /** SHA-256 of the site file. */
  readonly siteDigest: Uint8Array
  /** Quoted from a module that reported a rollback or asked for time. */
  readonly nonce?: Uint8Array
  readonly checkpoint?: Checkpoint
}

export const policyBundle: Shape<PolicyBundle> = members<PolicyBundle>({
  epoch: at(1, uint),
  version: at(2, uint),
  revocationVersion: at(3, uint),
  notBefore: at(4, uint),
  notAfter: at(5, uint),
  tables: at(6, bytes()),
  siteDigest: at(7, bytes(32)),
  nonce: maybeAt(8, nonce),
  checkpoint: maybeAt(-1, checkpoint),
})
