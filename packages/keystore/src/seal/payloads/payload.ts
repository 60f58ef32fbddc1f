/** Payloads by type: what an envelope of each type carries. envelope.md §3 */
import { type CborValue, encodeCbor } from '@edgeward/base'
import { parseSign1, type Sign1, tag } from '../cose.ts'
import type { Direction, MessageType } from '../message-types.ts'
import { decodeStrictly, EnvelopeRefused } from '../refusal.ts'
import { type Shape, ShapeError } from '../shape.ts'
import { type Acknowledgement, acknowledgement } from './acknowledgement.ts'
import { type AuditBatch, auditBatch } from './audit-batch.ts'
import { type Command, command } from './command.ts'
import { type Health, health } from './health.ts'
import { type KeyPackage, keyPackage } from './key-package.ts'
import type { Checkpoint, Evidence } from './parts.ts'
import { type PolicyBundle, policyBundle } from './policy-bundle.ts'
import { type RevocationDelta, revocationDelta } from './revocation-delta.ts'

/** The payloads that are maps; a credential document is a signature around its claims. */
export interface MapPayloads {
  readonly 'policy-bundle': PolicyBundle
  readonly 'revocation-delta': RevocationDelta
  readonly 'key-package': KeyPackage
  readonly command: Command
  readonly acknowledgement: Acknowledgement
  readonly 'audit-batch': AuditBatch
  readonly health: Health
}

export interface PayloadOf extends MapPayloads {
  readonly 'credential-document': Sign1
}

/** Makes something of authenticated payload bytes, or refuses with an EnvelopeRefused `payload`. */
export type PayloadReader<P> = (type: MessageType, direction: Direction, bytes: Uint8Array) => P

const shapes: { readonly [T in keyof MapPayloads]: Shape<MapPayloads[T]> } = {
  'policy-bundle': policyBundle,
  'revocation-delta': revocationDelta,
  'key-package': keyPackage,
  command,
  acknowledgement,
  'audit-batch': auditBatch,
  health,
}

/** Bytes of a payload. */
export function encodePayload<T extends keyof MapPayloads>(type: T, payload: MapPayloads[T]): Uint8Array {
  const shape: Shape<MapPayloads[T]> = shapes[type]
  return encodeCbor(shape.write(payload))
}

/** A key package that came by itself, in a first key package. */
export function readKeyPackage(bytes: Uint8Array): KeyPackage {
  const value = readOuterShape('key-package', 'down', bytes)
  return refusingAsPayload(() => keyPackage.read(value))
}

/**
 * Reads a payload in its whole shape. Evidence is required in what modules send and has no place elsewhere; a checkpoint
 * has its place in what the service sends.
 */
export const readPayload: PayloadReader<PayloadOf[MessageType]> = (type, direction, bytes) => {
  const value = readOuterShape(type, direction, bytes)
  if (type === 'credential-document') return refusingAsPayload(() => parseSign1(value))
  const payload = refusingAsPayload(() => shapes[type].read(value))
  checkProofs(direction, payload)
  return payload
}

/** Reads no more than the outermost form: a map, or the signature of a credential document. */
export const readOuterShape: PayloadReader<CborValue> = (type, _direction, bytes) => {
  const signed = type === 'credential-document'
  const value = refusingAsPayload(() => decodeStrictly(bytes, { tags: signed ? [tag.sign1] : [] }))
  if (signed) refusingAsPayload(() => parseSign1(value))
  else if (!(value instanceof Map)) throw new EnvelopeRefused('payload', `a ${type} is a map`)
  return value
}

function checkProofs(
  direction: Direction,
  payload: { readonly evidence?: Evidence; readonly checkpoint?: Checkpoint },
): void {
  if ((payload.evidence !== undefined) !== (direction === 'up')) {
    throw new EnvelopeRefused('payload', 'modules sign evidence, and only they')
  }
  if (payload.checkpoint !== undefined && direction !== 'down')
    throw new EnvelopeRefused('payload', 'a checkpoint comes from the service')
}

/** Step 10 has one reason for all that can be wrong. */
function refusingAsPayload<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EnvelopeRefused || error instanceof ShapeError) {
      throw new EnvelopeRefused('payload', error.message, { cause: error })
    }
    throw error
  }
}
