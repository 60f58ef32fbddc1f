/** PINs, invitations, wallets, commissioning. */
import { z } from 'zod'
import { Base64url, Code, Hex, Id, Instant, Named } from './values.ts'

const Pin: z.ZodType<string> = z.string().regex(/^[0-9]{4,8}$/, '4 to 8 digits')

export interface PinRequest {
  /** 4 to 8 digits. Never stored: only a MAC for each key group. */
  readonly pin: string
  /** A PIN of its own that opens and alarms silently. */
  readonly duress?: string | undefined
}
export const PinRequest: z.ZodType<PinRequest> = z
  .object({ pin: Pin, duress: Pin.optional() })
  .meta({ id: 'PinRequest' })

/** The credentials (ids of the site file) for which it counts; documents that wallets fetch from now on carry it. */
export interface PinSet {
  readonly person: Named
  readonly credentials: readonly string[]
}
export const PinSet: z.ZodType<PinSet> = z
  .object({ person: Named, credentials: z.array(z.string()) })
  .meta({ id: 'PinSet' })

export interface CredentialParams {
  readonly credential: string
}
export const CredentialParams: z.ZodType<CredentialParams> = z.object({ credential: Id })

/** Shown once; the service keeps a hash. One use, 7 days. A new one for the same credential ends the old. */
export interface Invitation {
  readonly code: string
  readonly expiresAt: string
  readonly person: Named
  readonly credential: string
}
export const Invitation: z.ZodType<Invitation> = z
  .object({ code: z.string(), expiresAt: Instant, person: Named, credential: z.string() })
  .meta({ id: 'Invitation' })

/** One document for each key group in which the holder has any right. */
export interface WalletDocument {
  /** Party id of the key group, hex (8 bytes). */
  readonly keyGroup: string
  readonly envelope: string
  readonly notAfter: string
}
export const WalletDocument: z.ZodType<WalletDocument> = z
  .object({ keyGroup: Hex, envelope: Base64url, notAfter: Instant })
  .meta({ id: 'WalletDocument' })

export interface EnrolRequest {
  readonly code: string
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: string
  /** r || s over `"edgeward/enrol/1" || 00 || code`, the code as it was sent. */
  readonly proof: string
}
export const EnrolRequest: z.ZodType<EnrolRequest> = z
  .object({ code: Code, publicKey: Base64url, proof: Base64url })
  .meta({ id: 'EnrolRequest' })

export interface Enrolled {
  /** The pseudonym, 16 hex digits. */
  readonly credential: string
  /** Its id in the site file. */
  readonly credentialName: string
  /** Display name of the holder. */
  readonly person: string
  readonly site: {
    readonly name: string
    readonly timeZone: string
    /** 16 bytes, hex. */
    readonly readerGroupId: string
    /** Uncompressed point, base64url. */
    readonly readerGroupKey: string
  }
  readonly documents: readonly WalletDocument[]
}
export const Enrolled: z.ZodType<Enrolled> = z
  .object({
    credential: Hex,
    credentialName: z.string(),
    person: z.string(),
    site: z.object({ name: z.string(), timeZone: z.string(), readerGroupId: Hex, readerGroupKey: Base64url }),
    documents: z.array(WalletDocument),
  })
  .meta({ id: 'Enrolled' })

const Pseudonym: z.ZodType<string> = z.string().regex(/^[0-9a-f]{16}$/)

export interface ChallengeRequest {
  readonly credential: string
}
export const ChallengeRequest: z.ZodType<ChallengeRequest> = z
  .object({ credential: Pseudonym })
  .meta({ id: 'ChallengeRequest' })

/** 32 random bytes, base64url; for one use within a minute. Unknown credentials get one too (T50). */
export interface Challenge {
  readonly challenge: string
}
export const Challenge: z.ZodType<Challenge> = z.object({ challenge: Base64url }).meta({ id: 'Challenge' })

export interface DocumentsRequest {
  readonly credential: string
  readonly challenge: string
  /** r || s over `"edgeward/documents/1" || 00 || challenge`, the challenge as 32 bytes. */
  readonly proof: string
}
export const DocumentsRequest: z.ZodType<DocumentsRequest> = z
  .object({ credential: Pseudonym, challenge: Base64url, proof: Base64url })
  .meta({ id: 'DocumentsRequest' })

export interface Documents {
  readonly documents: readonly WalletDocument[]
}
export const Documents: z.ZodType<Documents> = z
  .object({ documents: z.array(WalletDocument) })
  .meta({ id: 'Documents' })

/** Allows one module to be commissioned once, until the end of the day. */
export interface CommissioningOrder {
  readonly module: string
  readonly order: string
  readonly expiresAt: string
}
export const CommissioningOrder: z.ZodType<CommissioningOrder> = z
  .object({ module: z.string(), order: z.string(), expiresAt: Instant })
  .meta({ id: 'CommissioningOrder' })

export interface CommissionRequest {
  readonly order: string
  /** The module's signed statement: its public keys, serial, attestation, nonce. */
  readonly request: string
}
export const CommissionRequest: z.ZodType<CommissionRequest> = z
  .object({ order: Code, request: Base64url })
  .meta({ id: 'CommissionRequest' })

export interface Commissioned {
  readonly module: string
  /** Deterministic CBOR { 1: first key package, 2: settings, 3: identity certificate, 4: reader certificate }. */
  readonly package: string
  /** Six words; the same that the module shows. */
  readonly fingerprint: string
}
export const Commissioned: z.ZodType<Commissioned> = z
  .object({ module: z.string(), package: Base64url, fingerprint: z.string() })
  .meta({ id: 'Commissioned' })
