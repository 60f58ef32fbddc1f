/** ECDH-ES + A256KW as the first key package uses it; RFC 9053 §6.4 and §5.2, envelope.md §8. */
import { type CborValue, encodeCbor, utf8 } from '@edgeward/base'
import { pointBytes } from '../p256.ts'
import { algorithm, label } from './cose.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'

/** COSE_Key (RFC 9052 §7): key type EC2, curve P-256. */
const key = { kty: 1, crv: -1, x: -2, y: -3 } as const
const ec2 = 2
const p256 = 1
const coordinateBytes = 32
const keyBits = 256
/** Header parameter "ephemeral key". */
const ephemeralLabel = -1

/** The one protected header that a recipient has. */
export const recipientHeader: Uint8Array = encodeCbor(new Map([[label.alg, algorithm.ecdhEsA256kw]]))

/** COSE_KDF_Context for the key that wraps the content key; with `module-kek` as private info, the one that wraps that. */
export function agreementInfo(privateInfo?: 'module-kek'): Uint8Array {
  const nobody = [null, null, null]
  const pub = [keyBits, recipientHeader, ...(privateInfo === undefined ? [] : [utf8(privateInfo)])]
  return encodeCbor([algorithm.a256kw, nobody, nobody, pub])
}

/** The recipient of a first key package. */
export interface Recipient {
  /** 65 bytes. */
  readonly ephemeral: Uint8Array
  readonly wrappedKey: Uint8Array
}

/** COSE_recipient with the ephemeral key. */
export function recipientValue({ ephemeral, wrappedKey }: Recipient): CborValue {
  const point = new Map<number, CborValue>([
    [key.kty, ec2],
    [key.crv, p256],
    [key.x, ephemeral.subarray(1, 1 + coordinateBytes)],
    [key.y, ephemeral.subarray(1 + coordinateBytes, pointBytes)],
  ])
  return [recipientHeader, new Map([[ephemeralLabel, point]]), wrappedKey]
}

/** Takes a recipient apart. Whether the point is on the curve is the key store's to say. */
export function parseRecipient(value: CborValue | undefined): Recipient {
  if (!Array.isArray(value) || value.length !== 3)
    throw new EnvelopeRefused('structure', 'a recipient is an array of 3')
  const [protectedHeader, unprotected, wrappedKey]: readonly CborValue[] = value
  if (!(protectedHeader instanceof Uint8Array && unprotected instanceof Map && wrappedKey instanceof Uint8Array)) {
    throw new EnvelopeRefused('structure', 'a member of the recipient has another type')
  }
  const header = decodeStrictly(protectedHeader, { tags: 'any' })
  if (!(header instanceof Map)) throw new EnvelopeRefused('structure', 'the header of the recipient is no map')
  if ([...header.keys()].some(name => name !== label.alg))
    throw new EnvelopeRefused('header', 'the recipient has an unknown label')
  if (unprotected.size !== 1)
    throw new EnvelopeRefused('header', 'the recipient has more or less than an ephemeral key')
  const point: CborValue | undefined = unprotected.get(ephemeralLabel)
  if (header.get(label.alg) !== algorithm.ecdhEsA256kw)
    throw new EnvelopeRefused('algorithm', 'the recipient is not ECDH-ES + A256KW')
  return { ephemeral: pointOf(point), wrappedKey }
}

function pointOf(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Map) || value.size !== 4)
    throw new EnvelopeRefused('header', 'the ephemeral key has not four members')
  if (value.get(key.kty) !== ec2 || value.get(key.crv) !== p256)
    throw new EnvelopeRefused('header', 'the ephemeral key is not on P-256')
  const point = new Uint8Array(pointBytes)
  point[0] = 4
  point.set(coordinate(value.get(key.x)), 1)
  point.set(coordinate(value.get(key.y)), 1 + coordinateBytes)
  return point
}

function coordinate(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== coordinateBytes) {
    throw new EnvelopeRefused('header', `a coordinate has ${coordinateBytes} bytes`)
  }
  return value
}
