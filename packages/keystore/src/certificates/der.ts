import { concat, Reader, uintBytes, WireError } from '@edgeward/base'

/** Tag, shortest length, content. X.690 §10.1; tags of one byte, contents below 64 KiB. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents)
  return concat(Uint8Array.of(tag), derLength(content.length), content)
}

function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x100) return Uint8Array.of(0x81, length)
  return concat(Uint8Array.of(0x82), uintBytes(length, 2))
}

/** The next element. Throws a WireError for a length that is not the shortest, or beyond the end. */
export function readDer(reader: Reader): { readonly tag: number; readonly content: Uint8Array } {
  const tag = reader.u8()
  const length = readLength(reader)
  return { tag, content: reader.take(length) }
}

/** The content of the next element, which must have this tag. */
export function expectDer(reader: Reader, tag: number): Uint8Array {
  const element = readDer(reader)
  if (element.tag !== tag) throw new WireError(`tag ${element.tag}, expected ${tag}`)
  return element.content
}

/** The content of the one element that these bytes are. */
export function soleDer(bytes: Uint8Array, tag: number): Uint8Array {
  const reader = new Reader(bytes)
  const content = expectDer(reader, tag)
  reader.end()
  return content
}

function readLength(reader: Reader): number {
  const first = reader.u8()
  if (first < 0x80) return first
  if (first === 0x81) return atLeast(reader.u8(), 0x80)
  if (first === 0x82) return atLeast(reader.u16(), 0x100)
  throw new WireError(`length form ${first}`)
}

function atLeast(length: number, least: number): number {
  if (length < least) throw new WireError('a length that is not the shortest')
  return length
}

/** `r || s` (64 bytes) as an ECDSA-Sig-Value. RFC 3279 §2.2.3. */
export function derSignature(raw: Uint8Array): Uint8Array {
  return der(0x30, der(0x02, positiveInteger(raw.subarray(0, 32))), der(0x02, positiveInteger(raw.subarray(32))))
}

/** The content of the INTEGER of a non-negative number. X.690 §8.3.2. */
export function positiveInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  return (shortest[0] as number) < 0x80 ? shortest : concat(Uint8Array.of(0), shortest)
}
