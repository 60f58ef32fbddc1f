/** Envelopes that must be refused, each with the reason that goes to audit and metrics. envelope.md §4, threat T31 */
import { type CborValue, decodeCbor, encodeCbor, fromHex, Tagged } from '@edgeward/base'
import { maxEnvelopeBytes, maxHeaderBytes, type RefusalReason } from '@edgeward/keystore/seal'

export interface BadEnvelope {
  readonly what: string
  readonly bytes: Uint8Array
  readonly reason: RefusalReason
}

type Header = Map<number | bigint | string, CborValue>

/** Label of the private array in a protected header. */
const fields = -65537

/** Bad CBOR, bad structure and bad headers, made from a good command and from nothing. */
export function badEnvelopes(good: Uint8Array): readonly BadEnvelope[] {
  const { header, ciphertext } = partsOf(good)
  const hex = (what: string, text: string, reason: RefusalReason): BadEnvelope => ({
    what,
    bytes: fromHex(text),
    reason,
  })
  const outer = (what: string, value: CborValue, reason: RefusalReason): BadEnvelope => ({
    what,
    bytes: encodeCbor(value),
    reason,
  })
  const inHeader = (what: string, change: (header: Header) => void, reason: RefusalReason): BadEnvelope => ({
    what,
    bytes: withHeader(good, change),
    reason,
  })
  const inFields = (what: string, at: number, value: CborValue, reason: RefusalReason): BadEnvelope =>
    inHeader(what, map => map.set(fields, listOf(map.get(fields)).with(at, value)), reason)
  return [
    { what: 'nothing', bytes: new Uint8Array(), reason: 'size' },
    { what: 'one byte more than 1 MiB', bytes: new Uint8Array(maxEnvelopeBytes + 1), reason: 'size' },
    { what: '1 MiB of zeros', bytes: new Uint8Array(maxEnvelopeBytes), reason: 'malformed' },
    hex('100,000 arrays inside each other', '81'.repeat(100_000), 'malformed'),
    hex('100,000 maps inside each other', 'a100'.repeat(100_000), 'malformed'),
    hex('100,000 tags inside each other', 'd0'.repeat(100_000), 'malformed'),
    hex('a million empty maps', `d09a000ffff0${'a0'.repeat(0xf_fff0)}`, 'malformed'),
    hex('a string of 1 GiB', 'd0835a40000000', 'malformed'),
    hex('a string of 2^64-1', 'd0835bffffffffffffffff', 'malformed'),
    hex('an array of 2^32-1 items', 'd09affffffff', 'malformed'),
    hex('a map of 2^63 members', 'bb8000000000000000', 'malformed'),
    hex('an indefinite array', 'd09f4040ff', 'malformed'),
    hex('an indefinite string', 'd0835f4140ffa040', 'malformed'),
    hex('an indefinite map', 'd08340bfff40', 'malformed'),
    hex('a reserved length', 'd01c', 'malformed'),
    hex('undefined', 'd08340a0f7', 'malformed'),
    hex('an unassigned simple value', 'd08340a0e0', 'malformed'),
    hex('a half float', 'd08340a0f93c00', 'malformed'),
    hex('a long float', 'd08340a0fb3ff0000000000000', 'malformed'),
    hex('a break alone', 'ff', 'malformed'),
    hex('a text that is no UTF-8', 'd08362c328a040', 'malformed'),
    hex('an overlong text', 'd08362c080a040', 'malformed'),
    hex('half a surrogate pair', 'd08363eda080a040', 'malformed'),
    hex('a key twice', 'd08340a20100010040', 'malformed'),
    hex('a key that is a string of bytes', 'd08340a1400040', 'malformed'),
    hex('a tag of 2^64-1', 'dbffffffffffffffff8340a040', 'malformed'),
    { what: 'one byte behind', bytes: Uint8Array.of(...good, 0), reason: 'malformed' },
    { what: 'one byte cut off', bytes: good.subarray(0, -1), reason: 'malformed' },
    hex('unsorted keys', 'd08340a20200010040', 'not-canonical'),
    hex('a long length', 'd083580140a040', 'not-canonical'),
    hex('a long tag', 'd8108340a040', 'not-canonical'),
    hex('another tag', 'd18340a040', 'structure'),
    hex('no tag', '8340a040', 'structure'),
    hex('the tag twice', 'd0d08340a040', 'structure'),
    hex('an integer', '00', 'structure'),
    outer('an array of four', new Tagged(16, [encodeCbor(header), new Map(), ciphertext, null]), 'structure'),
    outer('a ciphertext that is a text', new Tagged(16, [encodeCbor(header), new Map(), 'x'.repeat(40)]), 'structure'),
    outer('nothing but a tag of GCM', new Tagged(16, [encodeCbor(header), new Map(), new Uint8Array(16)]), 'structure'),
    outer('a header that is a list', new Tagged(16, [encodeCbor([1]), new Map(), ciphertext]), 'structure'),
    outer(
      'alg in the unprotected header',
      new Tagged(16, [encodeCbor(header), new Map([[1, 3]]), ciphertext]),
      'header',
    ),
    {
      what: 'a long integer in the header',
      bytes: encodeCbor(new Tagged(16, [longAlgorithm(encodeCbor(header)), new Map(), ciphertext])),
      reason: 'not-canonical',
    },
    inHeader('an unknown label', map => map.set(7, 0), 'header'),
    inHeader('a text as label', map => map.set('alg', 3), 'header'),
    inHeader('no kid', map => map.delete(4), 'header'),
    inHeader('a short kid', map => map.set(4, new Uint8Array(11)), 'header'),
    inHeader('a short IV', map => map.set(5, new Uint8Array(11)), 'header'),
    inHeader('no fields', map => map.delete(fields), 'header'),
    inHeader('seven fields', map => map.set(fields, listOf(map.get(fields)).slice(1)), 'header'),
    inHeader('nine fields', map => map.set(fields, [...listOf(map.get(fields)), null]), 'header'),
    inHeader('a header that is too long', map => map.set(7, new Uint8Array(maxHeaderBytes)), 'header'),
    inHeader('A128GCM', map => map.set(1, 1), 'algorithm'),
    inHeader('an algorithm by its name', map => map.set(1, 'A256GCM'), 'algorithm'),
    inHeader('a critical label that is not known', map => map.set(2, [9]), 'critical'),
    inHeader('nothing that is critical', map => map.set(2, []), 'critical'),
    inFields('format 2', 0, 2, 'format'),
    inFields('format 0', 0, 0, 'format'),
    inFields('a type as text', 1, '4', 'header'),
    inFields('a short receiver', 4, new Uint8Array(7), 'header'),
    inFields('a negative time', 6, -1, 'header'),
    inFields('an end before the beginning', 7, 1, 'header'),
    inFields('no end', 7, null, 'header'),
    inHeader('a key that nobody has', map => map.set(4, new Uint8Array(12)), 'key-unknown'),
    inFields('type 9', 1, 9, 'type'),
    inFields('a type that goes up', 1, 6, 'direction'),
    inFields('the other direction', 2, 2, 'direction'),
    inFields('another sender', 3, new Uint8Array(8), 'sender'),
    inFields('another receiver', 4, new Uint8Array(8), 'receiver'),
    inFields('sequence 0', 5, 0, 'sequence'),
    inFields('sequence -1', 5, -1, 'sequence'),
    inFields('sequence 2^63', 5, 2n ** 63n, 'sequence'),
    { what: 'another tag of GCM', bytes: good.with(-1, (good.at(-1) as number) ^ 1), reason: 'tag' },
  ]
}

/** Payloads, as hex, that an honest sealer would never write: sealed well, they are refused for what they are. */
export const badPayloads: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no map', '00'],
  ['a byte behind', 'a000'],
  ['a key twice', 'a201000100'],
  ['unsorted keys', 'a202000100'],
  ['a long integer', 'a1180100'],
  ['an indefinite map', 'bf0100ff'],
  ['a float', 'a101f93c00'],
  ['undefined', 'a101f7'],
  ['a tag', 'a101c100'],
  ['no UTF-8', 'a10161ff'],
  ['a string of 1 GiB', 'a1015a40000000'],
  ['17 arrays inside each other', `a101${'81'.repeat(17)}00`],
  ['a member that is missing', 'a0'],
  ['a member that is not known', 'a11863f6'],
]

/** The same ciphertext under another header. */
export function withHeader(bytes: Uint8Array, change: (header: Header) => unknown): Uint8Array {
  const { header, ciphertext } = partsOf(bytes)
  change(header)
  return encodeCbor(new Tagged(16, [encodeCbor(header), new Map(), ciphertext]))
}

/** The same ciphertext with another one of the eight fields of its header. */
export function withField(bytes: Uint8Array, at: number, value: CborValue): Uint8Array {
  return withHeader(bytes, header => header.set(fields, listOf(header.get(fields)).with(at, value)))
}

/** The eight fields: format, type, direction, from, to, sequence, issued, notAfter. */
export function fieldsOf(bytes: Uint8Array): readonly CborValue[] {
  return listOf(partsOf(bytes).header.get(fields))
}

function partsOf(bytes: Uint8Array): { header: Header; ciphertext: Uint8Array } {
  const envelope = decodeCbor(bytes, { tags: [16] })
  const [protectedHeader, , ciphertext] = envelope instanceof Tagged ? listOf(envelope.value) : []
  const header = decodeCbor(bytesOf(protectedHeader))
  if (!(header instanceof Map)) throw new TypeError('not a header')
  return { header: new Map(header), ciphertext: bytesOf(ciphertext) }
}

/** { 1: 3, … } with the 3 in two bytes. */
function longAlgorithm(header: Uint8Array): Uint8Array {
  return Uint8Array.of(...header.subarray(0, 2), 0x18, 3, ...header.subarray(3))
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('not bytes')
}

function listOf(value: CborValue | undefined): CborValue[] {
  if (Array.isArray(value)) return [...value]
  throw new TypeError('not a list')
}
