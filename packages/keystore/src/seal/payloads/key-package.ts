import type { KeyName } from '../../kid.ts'
import { at, bytes, hex, kid, list, maybeAt, members, oneOf, type Shape, text, uint } from '../shape.ts'
import { type Checkpoint, checkpoint, nonce } from './parts.ts'

/** A key on its way to a module. */
export interface PackagedKey {
  /** 8 bytes, lower-case hex. */
  readonly keyId: string
  readonly version: number
  readonly purpose: string
  readonly algorithm: 'AES-128' | 'AES-256' | 'P-256'
  /** By AES-KW, a P-256 key by AES-KWP. */
  readonly wrapped: Uint8Array
  /** The `module-kek` that it is wrapped under; zeros for the module-kek itself in a first key package. */
  readonly kek: KeyName
  /** Versions of this key that are to be destroyed. */
  readonly destroyVersions?: readonly number[]
  /** Seconds since 1970: from when it may be used to send. */
  readonly notBefore: number
  /** The version that it replaces. */
  readonly replaces?: number
}

/** Keys for a module. envelope.md §3, §8 */
export interface KeyPackage {
  readonly keys: readonly PackagedKey[]
  readonly nonce?: Uint8Array
  readonly checkpoint?: Checkpoint
}

const packagedKey = members<PackagedKey>({
  keyId: at(1, hex(8)),
  version: at(2, uint),
  purpose: at(3, text),
  algorithm: at(4, oneOf('AES-128', 'AES-256', 'P-256')),
  wrapped: at(5, bytes()),
  kek: at(6, kid),
  destroyVersions: maybeAt(7, list(uint, { least: 1 })),
  notBefore: at(8, uint),
  replaces: maybeAt(9, uint),
})

export const keyPackage: Shape<KeyPackage> = members<KeyPackage>({
  keys: at(1, list(packagedKey, { least: 1 })),
  nonce: maybeAt(2, nonce),
  checkpoint: maybeAt(-1, checkpoint),
})
