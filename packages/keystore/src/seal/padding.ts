/** Padding of envelopes (T32): the length of an envelope says little about its content. envelope.md §1 */
import { invariant } from '@edgeward/base'
import { EnvelopeRefused } from './refusal.ts'

const buckets = [256, 1_024, 4_096, 16_384, 65_536] as const
const largestBucket = 65_536
export const maxEnvelopeBytes: number = 2 ** 20
const tagBytes = 16
const marker = 0x80

/** The payload, 80, and zeros, so that the whole envelope has `size` bytes or else the next bucket's. */
export function pad(
  payload: Uint8Array,
  { protectedBytes, size }: { protectedBytes: number; size?: number | undefined },
): Uint8Array {
  const total = size ?? bucketFor(payload.length + 1, protectedBytes)
  const length = plaintextLength(total, protectedBytes)
  invariant(
    length !== undefined && length > payload.length,
    `a payload of ${payload.length} bytes has no envelope of ${total} bytes`,
  )
  invariant(total <= maxEnvelopeBytes, `an envelope has at most ${maxEnvelopeBytes} bytes`)
  const plaintext = new Uint8Array(length)
  plaintext.set(payload)
  plaintext[payload.length] = marker
  return plaintext
}

/** What was padded. Refuses with `payload`. The bucket is not checked. */
export function unpad(plaintext: Uint8Array): Uint8Array {
  let end = plaintext.length
  while (end > 0 && plaintext[end - 1] === 0) end--
  if (end === 0 || plaintext[end - 1] !== marker)
    throw new EnvelopeRefused('payload', 'the padding is not 80 and zeros')
  return plaintext.slice(0, end - 1)
}

function bucketFor(plaintext: number, protectedBytes: number): number {
  const least = envelopeLength(plaintext, protectedBytes)
  return buckets.find(bucket => least <= bucket) ?? Math.ceil(least / largestBucket) * largestBucket
}

/** Tag, array of three, header, empty map, ciphertext. */
function envelopeLength(plaintext: number, protectedBytes: number): number {
  const ciphertext = plaintext + tagBytes
  return 3 + headLength(protectedBytes) + protectedBytes + headLength(ciphertext) + ciphertext
}

/** How long a plaintext is for an envelope of this length; undefined where a length head jumps over it. */
function plaintextLength(total: number, protectedBytes: number): number | undefined {
  const fixed = 3 + headLength(protectedBytes) + protectedBytes + tagBytes
  return [1, 2, 3, 5]
    .map(head => total - fixed - head)
    .find(length => length > 0 && envelopeLength(length, protectedBytes) === total)
}

/** Bytes before a byte string of this length. RFC 8949 §3 */
function headLength(length: number): number {
  if (length < 24) return 1
  if (length < 0x100) return 2
  return length < 0x1_0000 ? 3 : 5
}
