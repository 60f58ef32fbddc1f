/**
 * What a module says of itself before it belongs to a site, signed by its own identity key:
 *
 *     request   = [ statement: bstr, signature: bstr .size 64 ]
 *     statement = { 1: identity, 2: agreement, 3: reader (pub65 each), 4: serial: tstr, 5: attestation: tstr, 6: nonce .size 16 }
 *
 * Deterministic CBOR; the signature (ES256) is over "edgeward/commissioning/1" || 00 || statement. It proves possession
 * of the identity key; whose module that is, the installer proves by comparing the fingerprint.
 */
import { type CborValue, concat, decodeCbor, encodeCbor, utf8 } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { verifyEs256 } from '../p256.ts'
import { EnvelopeRefused } from '../seal/refusal.ts'
import { at, bytes, members, type Shape, text } from '../seal/shape.ts'
import type { ModulePublicKeys } from './fingerprint.ts'

const label = utf8('edgeward/commissioning/1\0')
const maxRequestBytes = 4_096

export interface CommissioningStatement extends ModulePublicKeys {
  readonly serial: string
  /** Kind of attestation: `software` proves nothing about where the keys are. */
  readonly attestation: string
  readonly nonce: Uint8Array
}

const statementShape: Shape<CommissioningStatement> = members<CommissioningStatement>({
  identity: at(1, bytes(65)),
  agreement: at(2, bytes(65)),
  reader: at(3, bytes(65)),
  serial: at(4, text),
  attestation: at(5, text),
  nonce: at(6, bytes(16)),
})

/** The signed request of a module. `identity` is the handle of the key whose point the statement names. */
export async function signCommissioningRequest(
  store: KeyStore,
  identity: KeyHandle,
  statement: CommissioningStatement,
): Promise<Uint8Array> {
  const encoded = encodeCbor(statementShape.write(statement))
  return encodeCbor([encoded, await store.sign(identity, concat(label, encoded))])
}

/** The statement of a request whose signature holds. Throws EnvelopeRefused: `size`, `malformed`, `payload`, `signature`. */
export function readCommissioningRequest(request: Uint8Array): CommissioningStatement {
  if (request.length > maxRequestBytes)
    throw new EnvelopeRefused('size', `a request has at most ${maxRequestBytes} bytes`)
  const [encoded, signature] = pair(request)
  const statement = refusing(() => statementShape.read(decodeCbor(encoded)))
  if (!verifyEs256(statement.identity, concat(label, encoded), signature)) {
    throw new EnvelopeRefused('signature', 'the module did not sign this')
  }
  return statement
}

function pair(request: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const value = refusing(() => decodeCbor(request))
  const [encoded, signature, ...rest]: readonly (CborValue | undefined)[] = Array.isArray(value) ? value : []
  if (
    !(encoded instanceof Uint8Array && signature instanceof Uint8Array) ||
    signature.length !== 64 ||
    rest.length > 0
  ) {
    throw new EnvelopeRefused('payload', 'a request is a statement and its signature')
  }
  return [encoded, signature]
}

function refusing<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new EnvelopeRefused('payload', `not a commissioning request: ${cause.message}`, { cause })
  }
}
