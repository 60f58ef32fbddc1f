/** Credential documents: claims signed by the issuer, then sealed for a key group (R1). envelope.md §3 */
import { bytesEqual } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { type Claims, decodeClaims, encodeClaims } from './claims.ts'
import type { Sign1 } from './cose.ts'
import { type EnvelopeDraft, type OpenedEnvelope, openEnvelope, type Receiver, sealEnvelope } from './envelope.ts'
import { EnvelopeRefused } from './refusal.ts'
import { type SignerKeys, signDocument, verifySign1 } from './signed-document.ts'
import type { SiteScope } from './site-scope.ts'

const claimsLabel = 'edgeward/claims/1'

export interface ClaimsToSign extends SiteScope {
  /** Of purpose `credential-issuer`. */
  readonly issuer: KeyHandle
  readonly claims: Claims
}

/** What to seal: the document is for the key group that its claims name. `key` is that group's `credential` key. */
export interface CredentialDocumentDraft
  extends ClaimsToSign,
    Pick<EnvelopeDraft, 'key' | 'from' | 'sequence' | 'issued' | 'size'> {}

export interface CredentialDocumentChecks {
  /** The clock's floor, in seconds (R5). */
  readonly now: number
  /** Public points of the issuers that this module trusts. */
  readonly issuers: SignerKeys
  /** Thumbprint of the transponder that has just proven itself; 32 bytes. */
  readonly transponder: Uint8Array
}

declare const authentic: unique symbol
/** Claims that the issuer signed, for this transponder and a key group of this module. Made by opening alone. */
export type AuthenticClaims = Claims & { readonly [authentic]: true }

export interface OpenedCredentialDocument {
  readonly claims: AuthenticClaims
  readonly envelope: OpenedEnvelope<'credential-document', Sign1>
}

/** COSE_Sign1 of claims: what a credential document's envelope holds. */
export async function signClaims(store: KeyStore, { issuer, claims, tenant, site }: ClaimsToSign): Promise<Uint8Array> {
  return signDocument(store, { signer: issuer, label: claimsLabel, tenant, site, content: encodeClaims(claims) })
}

/** Signs claims and seals them for their key group. */
export async function sealCredentialDocument(store: KeyStore, draft: CredentialDocumentDraft): Promise<Uint8Array> {
  const { claims, key, from, sequence, issued, size, tenant, site } = draft
  return sealEnvelope(store, {
    type: 'credential-document',
    ...{ key, tenant, site, from, to: claims.keyGroup, sequence, issued, notAfter: claims.notAfter },
    payload: await signClaims(store, draft),
    ...(size !== undefined && { size }),
  })
}

/**
 * Opens a document that a proven transponder has handed over. Throws EnvelopeRefused as `openEnvelope` does, and
 * `key-unknown` or `signature` (issuer), `payload` (claims), `key-group` (sealed for another group than claimed),
 * `transponder` (issued to another one). What the claims permit, and their own times and epoch, is the decision's.
 */
export async function openCredentialDocument(
  store: KeyStore,
  receiver: Receiver,
  bytes: Uint8Array,
  { now, issuers, transponder }: CredentialDocumentChecks,
): Promise<OpenedCredentialDocument> {
  const envelope = await openEnvelope(store, receiver, bytes, { now })
  if (envelope.type !== 'credential-document')
    throw new EnvelopeRefused('type', `a ${envelope.type} is no credential document`)
  const { tenant, site } = receiver
  const { content } = verifySign1(envelope.payload, { label: claimsLabel, signers: issuers, tenant, site })
  const claims = decodeClaims(content)
  if (!bytesEqual(claims.keyGroup, envelope.to))
    throw new EnvelopeRefused('key-group', 'the claims are for another key group')
  if (!bytesEqual(claims.transponder, transponder))
    throw new EnvelopeRefused('transponder', 'the claims are for another transponder')
  return { claims: claims as AuthenticClaims, envelope }
}
