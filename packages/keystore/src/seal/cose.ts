/** The parts of COSE (RFC 9052) that format 1 uses: to-be-authenticated structures and COSE_Sign1. */
import { type CborValue, encodeCbor, Tagged } from '@edgeward/base'
import { decodeKid, encodeKid, type KeyName, kidBytes } from '../kid.ts'
import { signatureBytes } from '../p256.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'

export const label = { alg: 1, crit: 2, kid: 4, iv: 5 } as const
/** RFC 9053: ES256, A256GCM, A256KW, ECDH-ES + A256KW. */
export const algorithm = { es256: -7, a256gcm: 3, a256kw: -5, ecdhEsA256kw: -31 } as const
export const tag = { encrypt0: 16, sign1: 18, encrypt: 96 } as const

/** A COSE_Sign1 that has the right form; its signature has not been looked at. */
export interface Sign1 {
  readonly protectedHeader: Uint8Array
  readonly signer: KeyName
  readonly content: Uint8Array
  /** r || s, 64 bytes. */
  readonly signature: Uint8Array
}

/** RFC 9052 §5.3 */
export function encStructure(
  context: 'Encrypt0' | 'Encrypt',
  protectedHeader: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  return encodeCbor([context, protectedHeader, aad])
}

/** RFC 9052 §4.4 */
export function sigStructure(protectedHeader: Uint8Array, aad: Uint8Array, content: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedHeader, aad, content])
}

/** The protected header of a signature by this key. */
export function signatureHeader(signer: KeyName): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [label.alg, algorithm.es256],
      [label.kid, encodeKid(signer)],
    ]),
  )
}

/** Bytes of a COSE_Sign1, tagged. */
export function encodeSign1({ protectedHeader, content, signature }: Omit<Sign1, 'signer'>): Uint8Array {
  return encodeCbor(new Tagged(tag.sign1, [protectedHeader, new Map(), content, signature]))
}

/** Takes a COSE_Sign1 apart. Refuses with `structure`, `header`, `algorithm` or the CBOR faults of its header. */
export function parseSign1(value: CborValue): Sign1 {
  const members = value instanceof Tagged && value.tag === tag.sign1 ? value.value : undefined
  if (!Array.isArray(members) || members.length !== 4) throw new EnvelopeRefused('structure', 'not a tagged COSE_Sign1')
  const [protectedHeader, unprotected, content, signature]: readonly CborValue[] = members
  if (!(protectedHeader instanceof Uint8Array && unprotected instanceof Map && content instanceof Uint8Array)) {
    throw new EnvelopeRefused('structure', 'a member of the COSE_Sign1 has another type')
  }
  if (!(signature instanceof Uint8Array) || signature.length !== signatureBytes) {
    throw new EnvelopeRefused('structure', `a signature has ${signatureBytes} bytes`)
  }
  if (unprotected.size > 0) throw new EnvelopeRefused('header', 'the unprotected header of the signature is not empty')
  return { protectedHeader, signer: signerOf(protectedHeader), content, signature }
}

function signerOf(protectedHeader: Uint8Array): KeyName {
  const header = decodeStrictly(protectedHeader, {})
  if (!(header instanceof Map)) throw new EnvelopeRefused('structure', 'the header of the signature is no map')
  const known: readonly unknown[] = [label.alg, label.kid]
  for (const key of header.keys()) {
    if (!known.includes(key)) throw new EnvelopeRefused('header', `the signature has an unknown label ${key}`)
  }
  const kid = header.get(label.kid)
  if (!(kid instanceof Uint8Array) || kid.length !== kidBytes)
    throw new EnvelopeRefused('header', `a kid has ${kidBytes} bytes`)
  if (header.get(label.alg) !== algorithm.es256) throw new EnvelopeRefused('algorithm', 'the signature is not ES256')
  return decodeKid(kid)
}
