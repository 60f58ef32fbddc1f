import { concat, uintBytes } from '@edgeward/base'
import { TransponderError } from '../errors.ts'

/** A message of one byte is one of these. aliro.md §14. */
export const vpcdControl = { powerOff: 0x00, powerOn: 0x01, reset: 0x02, atr: 0x04 } as const

/** The header holds up to 65,535; more than this ends the link. threat-model.md §8. */
export const maxFrameBytes = 16_384

/** One message on the wire: length (2 bytes), then the bytes. Throws a RangeError for what may not be sent. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  if (message.length === 0 || message.length > maxFrameBytes) {
    throw new RangeError(`a frame holds 1 to ${maxFrameBytes} bytes, not ${message.length}`)
  }
  return concat(uintBytes(message.length, 2), message)
}

/** Cuts a stream into messages. Keeps at most one unfinished message. */
export class FrameDecoder {
  #rest: Uint8Array = new Uint8Array(0)

  /** The messages that are whole with these bytes. Throws `carrier-protocol`; the link must end then. */
  push(bytes: Uint8Array): Uint8Array[] {
    let rest = concat(this.#rest, bytes)
    const messages: Uint8Array[] = []
    while (rest.length >= 2) {
      const length = ((rest[0] as number) << 8) | (rest[1] as number)
      if (length === 0) throw new TransponderError('carrier-protocol', 'an empty frame')
      if (length > maxFrameBytes) throw new TransponderError('carrier-protocol', `a frame of ${length} bytes`)
      if (rest.length < 2 + length) break
      messages.push(rest.slice(2, 2 + length))
      rest = rest.subarray(2 + length)
    }
    this.#rest = rest.slice()
    return messages
  }
}
