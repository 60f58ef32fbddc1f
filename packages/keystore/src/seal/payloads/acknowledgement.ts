import { type MessageType, messageRules } from '../message-types.ts'
import { at, bigUint, codes, list, maybeAt, members, row, type Shape, uint } from '../shape.ts'
import { type Checkpoint, checkpoint, type Evidence, evidence, type Heads, heads } from './parts.ts'

export type AcknowledgementResult =
  | 'done'
  | 'refused'
  | 'base-mismatch'
  | 'expired'
  | 'storage'
  | 'key-store'
  | 'unknown-outcome'

export interface AcknowledgedEnvelope {
  readonly type: MessageType
  /** Version of the key; of an audit batch: the last record up to which the log has all. */
  readonly version: number
  readonly sequence: bigint
  readonly result: AcknowledgementResult
}

/** What became of envelopes, durably. envelope.md §3 */
export interface Acknowledgement {
  readonly acknowledged: readonly AcknowledgedEnvelope[]
  readonly heads?: Heads
  readonly checkpoint?: Checkpoint
  readonly evidence?: Evidence
}

/** Message types as they travel. */
export const messageTypeCode: Shape<MessageType> = codes<MessageType>({
  'policy-bundle': messageRules['policy-bundle'].number,
  'revocation-delta': messageRules['revocation-delta'].number,
  'key-package': messageRules['key-package'].number,
  command: messageRules.command.number,
  acknowledgement: messageRules.acknowledgement.number,
  'audit-batch': messageRules['audit-batch'].number,
  health: messageRules.health.number,
  'credential-document': messageRules['credential-document'].number,
})

const acknowledged = row<AcknowledgedEnvelope>({
  type: messageTypeCode,
  version: uint,
  sequence: bigUint,
  result: codes({
    done: 0,
    refused: 1,
    'base-mismatch': 2,
    expired: 3,
    storage: 4,
    'key-store': 5,
    'unknown-outcome': 6,
  }),
})

export const acknowledgement: Shape<Acknowledgement> = members<Acknowledgement>({
  acknowledged: at(1, list(acknowledged, { least: 1 })),
  heads: maybeAt(2, heads),
  checkpoint: maybeAt(-1, checkpoint),
  evidence: maybeAt(-2, evidence),
})
