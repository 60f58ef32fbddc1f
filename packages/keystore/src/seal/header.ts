/** The protected header of an envelope: envelope.md §1 and step 5 of §4. */
import { type CborValue, encodeCbor } from '@edgeward/base'
import { decodeKid, encodeKid, type KeyName, kidBytes } from '../kid.ts'
import { algorithm, label } from './cose.ts'
import { type Direction, directionNumbers, type MessageType, messageRules, messageTypeOf } from './message-types.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'

/** Label of the private array; below -65536 is for private use (RFC 9052 §11.1). */
const edgeward = -65537
const format = 1
export const ivBytes = 12
const partyBytes = 8
export const maxSequence: bigint = 2n ** 63n - 1n

/** What the sender says in the header. */
export interface HeaderFields {
  /** Absent in the content of a first key package, whose key has no name. */
  readonly key?: KeyName
  readonly iv: Uint8Array
  readonly type: MessageType
  readonly direction: Direction
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly sequence: bigint
  /** Seconds since 1970, UTC. */
  readonly issued: number
  readonly notAfter: number | null
}

/** What a received header says: types hold, the numbers have not been judged. */
export interface RawHeader {
  readonly key?: KeyName
  readonly iv: Uint8Array
  readonly type: number | bigint
  readonly direction: number | bigint
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly sequence: bigint
  readonly issued: number
  readonly notAfter: number | null
}

export function encodeHeader(fields: HeaderFields): Uint8Array {
  const { key, iv, type, direction, from, to, sequence, issued, notAfter } = fields
  const numbers = [format, messageRules[type].number, directionNumbers[direction]]
  const header = new Map<number, CborValue>([
    [label.alg, algorithm.a256gcm],
    [label.iv, iv],
    [edgeward, [...numbers, from, to, sequence, issued, notAfter]],
  ])
  if (key !== undefined) header.set(label.kid, encodeKid(key))
  return encodeCbor(header)
}

/** Reads a protected header. `kid` says whether it must name a key or must not. */
export function decodeHeader(bytes: Uint8Array, { kid }: { readonly kid: boolean }): RawHeader {
  const header = decodeStrictly(bytes, { tags: 'any' })
  if (!(header instanceof Map)) throw new EnvelopeRefused('structure', 'the protected header is no map')
  const labels: readonly unknown[] = [label.alg, ...(kid ? [label.kid] : []), label.iv, edgeward]
  // First, as COSE has it: a label that must be understood and is not ends it, whatever else is wrong.
  if (header.has(label.crit)) checkCritical(header, labels)
  for (const key of header.keys()) {
    if (key !== label.crit && !labels.includes(key)) throw refused(`unknown label ${key}`)
  }
  const iv = bytesOf(header.get(label.iv), ivBytes, 'IV')
  const key = kid ? decodeKid(bytesOf(header.get(label.kid), kidBytes, 'kid')) : undefined
  const members = decodeMembers(header.get(edgeward))
  if (header.get(label.alg) !== algorithm.a256gcm) throw new EnvelopeRefused('algorithm', 'alg is not A256GCM')
  if (members.format !== format) throw new EnvelopeRefused('format', `format ${members.format} is not known here`)
  return { iv, ...(key !== undefined && { key }), ...members }
}

function decodeMembers(
  value: CborValue | undefined,
): Omit<RawHeader, 'key' | 'iv'> & { readonly format: number | bigint } {
  if (!Array.isArray(value) || value.length !== 8) throw refused('no array of 8 at label -65537')
  const [format, type, direction, from, to, sequence, issued, notAfter]: readonly (CborValue | undefined)[] = value
  // An integer is asked for before any table is: `'4' in { 4: … }` is true.
  if (!isInteger(format) || !isInteger(type) || !isInteger(direction))
    throw refused('format, type and direction are integers')
  if (!isInteger(sequence)) throw refused('a sequence is an integer')
  if (!isTime(issued) || !(notAfter === null || isTime(notAfter))) throw refused('a time is in seconds, from 0')
  if (notAfter !== null && notAfter < issued) throw refused('it ends before it was issued')
  const known = messageTypeOf(type)
  if (notAfter === null && known !== undefined && messageRules[known].ends) throw refused(`a ${known} has an end`)
  return {
    format,
    type,
    direction,
    from: bytesOf(from, partyBytes, 'sender'),
    to: bytesOf(to, partyBytes, 'receiver'),
    sequence: BigInt(sequence),
    issued,
    notAfter,
  }
}

/** RFC 9052 §3.1: every label that is called critical is in this header, and we know all that may be. */
function checkCritical(header: ReadonlyMap<number | bigint | string, CborValue>, labels: readonly unknown[]): void {
  const critical = header.get(label.crit)
  const fits =
    Array.isArray(critical) &&
    critical.length > 0 &&
    critical.length <= labels.length &&
    critical.every((key: CborValue) => labels.includes(key) && typeof key === 'number' && header.has(key))
  if (!fits) throw new EnvelopeRefused('critical', 'crit names a label that is not known or not there')
}

function isInteger(value: CborValue | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function isTime(value: CborValue | undefined): value is number {
  return typeof value === 'number' && value >= 0
}

function bytesOf(value: CborValue | undefined, length: number, what: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw refused(`the ${what} is not ${length} bytes`)
  return value
}

function refused(why: string): EnvelopeRefused {
  return new EnvelopeRefused('header', why)
}
