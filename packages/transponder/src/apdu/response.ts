import { concat, Reader, uintBytes, WireError } from '@edgeward/base'

/** Status words that mean the same in every protocol here. ISO/IEC 7816-4 §5.6. */
export const statusWord = { good: 0x9000, moreFollows: 0x6100 } as const

/** An answer: data and two bytes of status. */
export interface Response {
  readonly data: Uint8Array
  readonly sw: number
}

/** The bytes of an answer. */
export function encodeResponse({ data, sw }: Response): Uint8Array {
  return concat(data, uintBytes(sw, 2))
}

/** The answer in these bytes. Throws a WireError when not even the status word is there. */
export function decodeResponse(bytes: Uint8Array): Response {
  if (bytes.length < 2) throw new WireError('an answer without status word')
  const reader = new Reader(bytes)
  const data = reader.take(bytes.length - 2).slice()
  return { data, sw: reader.u16() }
}
