/** The door of `seal`: envelopes, signed documents, key packages, evidence and the audit chain. envelope.md, log.md §5 */
export {
  type BatchChecks,
  type BatchFault,
  batchFault,
  batchHeads,
  type ChainEntry,
  type ChainFault,
  chainNext,
  chainStart,
  firstChainFault,
  recordMac,
} from './chain.ts'
export {
  type Claims,
  type Grant,
  type HeldRole,
  type HolderFlags,
  type PinVerifier,
  transponderThumbprint,
} from './claims.ts'
export { commitment, saltBytes } from './commitment.ts'
export type { Sign1 } from './cose.ts'
export {
  type AuthenticClaims,
  type ClaimsToSign,
  type CredentialDocumentChecks,
  type CredentialDocumentDraft,
  type OpenedCredentialDocument,
  openCredentialDocument,
  sealCredentialDocument,
  signClaims,
} from './credential-document.ts'
export {
  type EnvelopeDraft,
  maxCarriedBytes,
  maxHeaderBytes,
  type Opened,
  type OpenedEnvelope,
  openEnvelope,
  openEnvelopeWith,
  type Receiver,
  type ReceiverKey,
  sealEnvelope,
} from './envelope.ts'
export { type ChainName, type EvidenceToSign, signEvidence, verifyEvidence } from './evidence.ts'
export {
  type FirstKeyPackageChecks,
  type FirstKeyPackageDraft,
  openFirstKeyPackage,
  sealFirstKeyPackage,
  type TakenKeyPackage,
} from './first-key-package.ts'
export { agreementInfo } from './key-agreement.ts'
export { acceptKeyPackage, type KeyToPackage, wrapKeyPackage } from './key-package.ts'
export { type BatchLeaf, batchLeafBytes, leafBytes, maxLeafBytes, type RecordLeaf } from './leaf.ts'
export { advancesMark, type Mark, type MarkToStore } from './mark.ts'
export { type Direction, type MessageType, messageTypeOf } from './message-types.ts'
export { maxEnvelopeBytes } from './padding.ts'
export type { AcknowledgedEnvelope, Acknowledgement, AcknowledgementResult } from './payloads/acknowledgement.ts'
export type { AuditBatch, Opening } from './payloads/audit-batch.ts'
export type { Command } from './payloads/command.ts'
export type { ClockQuality, Health } from './payloads/health.ts'
export type { KeyPackage, PackagedKey } from './payloads/key-package.ts'
export type { Checkpoint, Evidence, Heads, Validity } from './payloads/parts.ts'
export {
  encodePayload,
  type MapPayloads,
  type PayloadOf,
  type PayloadReader,
  readOuterShape,
  readPayload,
} from './payloads/payload.ts'
export type { PolicyBundle } from './payloads/policy-bundle.ts'
export type { RevocationDelta, RevocationEntry } from './payloads/revocation-delta.ts'
export { EnvelopeRefused, type RefusalReason } from './refusal.ts'
export type { Plain, PlainMap } from './shape.ts'
export {
  type DocumentLabel,
  type DocumentToSign,
  type DocumentToVerify,
  type SignerKeys,
  signDocument,
  type VerifiedDocument,
  verifyDocument,
} from './signed-document.ts'
export { partyId, type SiteScope } from './site-scope.ts'
