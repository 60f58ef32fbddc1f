import type { Clock, Random } from '@edgeward/base'
import type { DeviceFault } from './faults.ts'
import type { ReaderStatus } from './reader-status.ts'

/** A credential that a device holds, without its private key. */
export interface DeviceCredential {
  /** `pub65`. */
  readonly publicKey: Uint8Array
  /** Our documents, or any bytes; at most 65,535. What a reader may do with them. */
  readonly mailbox?: { readonly data: Uint8Array; readonly read: boolean; readonly write: boolean }
  /** Field `signed` of the Access and Revocation Document, `YYYY-MM-DDThh:mm:ssZ`, if the device has them. */
  readonly accessDocumentSigned?: string
  readonly revocationDocumentSigned?: string
  /** A step-up SELECT is needed before documents are read (bitmap bit 2). Default false. */
  readonly stepUpSelectRequired?: boolean
}

/** A reader group that the device trusts, and with which credential it answers. */
export interface DeviceGroup {
  /** 16 bytes. */
  readonly groupIdentifier: Uint8Array
  /** `pub65` of the group key. */
  readonly publicKey: Uint8Array
  readonly credential: DeviceCredential
}

/** What a device is. */
export interface DeviceSetup {
  readonly groups: readonly DeviceGroup[]
  /** Versions in order of preference, two bytes each; must not differ between phones. Default 1.0, 0.9. */
  readonly versions?: readonly Uint8Array[]
  /** Value of tag B2 of the AUTH0 response, at most 127 bytes. */
  readonly vendorExtension?: Uint8Array
  /** Bytes of one answer, 1 to 256. Default 254. */
  readonly fragmentBytes?: number
}

/** What a device needs from outside. */
export interface DeviceTools {
  /** ECDSA P-256 with SHA-256 by the private key of this credential, r || s. */
  readonly sign: (credentialPublicKey: Uint8Array, data: Uint8Array) => Promise<Uint8Array>
  readonly random: Random
  /** A clock that can be trusted; without one the dates of reader certificates are not checked. */
  readonly clock?: Clock
}

/** What a device has to tell its holder, while a reader talks to it. */
export type DeviceReport =
  /** The reader proved to belong to a trusted group. Nothing of the credential went out before this. */
  | { readonly type: 'reader-proven'; readonly groupIdentifier: Uint8Array; readonly subIdentifier: Uint8Array }
  | {
      readonly type: 'persistent-key'
      readonly readerIdentifier: Uint8Array
      readonly credentialPublicKey: Uint8Array
      readonly key: Uint8Array
    }
  | { readonly type: 'mailbox-changed'; readonly credentialPublicKey: Uint8Array; readonly data: Uint8Array }
  /** What the reader asked of the mailbox was out of bounds, not allowed or malformed; nothing of it was done. */
  | { readonly type: 'mailbox-refused'; readonly status: number }
  | { readonly type: 'reader-status'; readonly status: ReaderStatus }
  /** The reader ended by CONTROL FLOW. */
  | { readonly type: 'ended-by-reader'; readonly s1: number; readonly s2: number }
  | { readonly type: 'refused'; readonly because: DeviceFault; readonly statusWord: number }
