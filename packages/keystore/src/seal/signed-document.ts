/**
 * A document that stands in a dispute: COSE_Sign1 with ES256 over deterministic CBOR. The label says what kind it is
 * and is signed with tenant and site, so that nothing signed as one kind is good as another. envelope.md §3
 */
import { invariant } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import type { KeyName } from '../kid.ts'
import { verifyEs256 } from '../p256.ts'
import { encodeSign1, parseSign1, type Sign1, signatureHeader, sigStructure } from './cose.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'
import { externalAad, type SiteScope } from './site-scope.ts'

/** Claims of a credential document, settings of a module at commissioning, proof of an enrolling wallet, first key package. */
export type DocumentLabel = 'edgeward/claims/1' | 'edgeward/settings/1' | 'edgeward/enrolment/1' | 'edgeward/envelope/1'

/** The public point (65 bytes) of a signer that is trusted for this kind of document, or undefined. */
export type SignerKeys = (signer: KeyName) => Uint8Array | undefined

export interface DocumentToSign extends SiteScope {
  /** A P-256 key that may sign. */
  readonly signer: KeyHandle
  readonly label: DocumentLabel
  /** Deterministic CBOR. */
  readonly content: Uint8Array
}

export interface DocumentToVerify extends SiteScope {
  readonly label: DocumentLabel
  readonly signers: SignerKeys
  /** Longest document; default 64 KiB. */
  readonly sizeLimit?: number
}

declare const verified: unique symbol
/** A document whose signature holds. Made by verification alone. */
export interface VerifiedDocument {
  readonly [verified]: true
  readonly signer: KeyName
  readonly content: Uint8Array
}

const defaultSizeLimit = 65_536

/** Signs a document. */
export async function signDocument(
  store: KeyStore,
  { signer, label, content, ...scope }: DocumentToSign,
): Promise<Uint8Array> {
  if (signer.algorithm !== 'P-256') throw new KeyStoreError('unsupported', 'documents are signed with P-256 keys')
  const protectedHeader = signatureHeader(signer)
  const signature = await store.sign(signer, sigStructure(protectedHeader, externalAad(label, scope), content))
  invariant(signature.length === 64, 'a signature is r || s')
  return encodeSign1({ protectedHeader, content, signature })
}

/**
 * The content of a signed document. Throws EnvelopeRefused: `size`, the CBOR faults, `structure`, `header`,
 * `algorithm`, `key-unknown` (signer), `signature`.
 */
export function verifyDocument(bytes: Uint8Array, options: DocumentToVerify): VerifiedDocument {
  const limit = options.sizeLimit ?? defaultSizeLimit
  if (bytes.length === 0 || bytes.length > limit)
    throw new EnvelopeRefused('size', `a document has 1 to ${limit} bytes`)
  return verifySign1(parseSign1(decodeStrictly(bytes, { tags: 'any' })), options)
}

/** The same for a signature that was taken apart already. */
export function verifySign1(sign1: Sign1, { label, signers, ...scope }: DocumentToVerify): VerifiedDocument {
  const { protectedHeader, signer, content, signature } = sign1
  const point = signers(signer)
  if (point === undefined)
    throw new EnvelopeRefused('key-unknown', `signer ${signer.keyId} version ${signer.version} is not known here`)
  if (!verifyEs256(point, sigStructure(protectedHeader, externalAad(label, scope), content), signature)) {
    throw new EnvelopeRefused('signature', 'the signature does not hold')
  }
  return { signer, content } as VerifiedDocument
}
