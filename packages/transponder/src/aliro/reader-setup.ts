import type { Random } from '@edgeward/base'
import type { Timer } from '../carriers/carrier.ts'
import type { ReaderFault } from './faults.ts'
import type { ReaderStatus } from './reader-status.ts'

/** Who a reader is and what it asks for. aliro.md §1. */
export interface ReaderSetup {
  /** 16 bytes; names the site's reader group. */
  readonly groupIdentifier: Uint8Array
  /** 16 bytes; names this reader. */
  readonly subIdentifier: Uint8Array
  /** `pub65` of the group key; goes into the key schedule whether or not a certificate is used. */
  readonly groupPublicKey: Uint8Array
  /** Compressed certificate of the reader key under the group key. Without one the group key itself signs. */
  readonly certificate?: Uint8Array
  /** Send the certificate inside AUTH1 instead of by LOAD CERT. Default false. */
  readonly certificateInAuth1?: boolean
  /** Authentication policy, tag 42. Default 1, as the user set it. */
  readonly policy?: 1 | 2 | 3
  /** Ask for the fast phase. This reader has no stored keys to open the answer with, and goes on to AUTH1. Default false. */
  readonly fast?: boolean
  /** How the credential names itself. A key slot needs `knownCredentials`. Default its public key. */
  readonly keyKind?: 'publicKey' | 'keySlot'
  /** `pub65` of the credentials that may go on. Without the list every proven key goes on to the caller, who decides. */
  readonly knownCredentials?: readonly Uint8Array[]
  /** Versions this reader speaks, two bytes each. Default 1.0 alone. */
  readonly versions?: readonly Uint8Array[]
  /** Value of tag B1 of AUTH0, at most 127 bytes. */
  readonly vendorExtension?: Uint8Array
}

/** How long a transaction, and one answer within it, may take. */
export interface TapLimits {
  readonly transactionMs: number
  readonly answerMs: number
}

/** What a reader needs from outside. */
export interface ReaderTools {
  /** ECDSA P-256 with SHA-256 by the reader key, r || s: `data => keyStore.sign(readerKey, data)`. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
  readonly random: Random
  readonly timer: Timer
  /** Defaults: 2,000 and 600 ms. threat-model.md §8. */
  readonly limits?: TapLimits
  /** A new Kpersistent of this reader and credential, for a later fast phase. It never leaves the reader. */
  readonly onPersistentKey?: (credentialPublicKey: Uint8Array, key: Uint8Array) => void
}

/** What AUTH1 proved: whoever is in the field holds this credential's private key, now. */
export interface CredentialClaims {
  /** `pub65`. */
  readonly credentialPublicKey: Uint8Array
  readonly method: 'standard'
  /** Two bytes as on the wire; see `signaling`. */
  readonly signalingBitmap: number
  /** `YYYY-MM-DDThh:mm:ssZ` of the Access and Revocation Document, if there are any. */
  readonly credentialTimestamp?: string
  readonly revocationTimestamp?: string
  /** 16 bytes, fresh for this transaction. */
  readonly transactionIdentifier: Uint8Array
}

declare const proven: unique symbol
/** Claims whose holder proved possession of the key in this session. Made by the reader's step function alone. */
export type Authenticated<T> = T & { readonly [proven]: true }

/** A transaction after AUTH1, in the hands of whoever decides. Every method rejects with `transaction-ended` once it failed. */
export interface ProvenSession {
  readonly credential: Authenticated<CredentialClaims>
  /** Reads from the mailbox. Rejects with `mailbox-refused` when the device has none or ends before; it goes on then. */
  readMailbox(offset: number, length: number): Promise<Uint8Array>
  /** Writes, likewise; with `more` the write waits for the next one without, and all take effect at once. */
  writeMailbox(offset: number, data: Uint8Array, more?: boolean): Promise<void>
  /** One EXCHANGE (see `encodeExchange`); what its reads brought, in order. A bad status ends the transaction. */
  exchange(plaintext: Uint8Array): Promise<readonly Uint8Array[]>
  /** Tells the device the reader status and ends the transaction: 01xx accepted, 00xx refused. Once. */
  finish(status: ReaderStatus): Promise<void>
}

/** How a transaction ended. */
export type ReaderResult =
  | {
      readonly outcome: 'granted' | 'denied'
      readonly status: ReaderStatus
      /** Whether the device confirmed that it heard the status. */
      readonly acknowledged: boolean
      readonly credential: Authenticated<CredentialClaims>
    }
  | {
      readonly outcome: 'failed'
      readonly error: ReaderFault
      /** What the device was told in tag 97, if it was told. */
      readonly status?: ReaderStatus
      /** The claims, if the failure came after they were proven. */
      readonly credential?: Authenticated<CredentialClaims>
    }
