/**
 * Bounds on what a broker may say to a module, seen in the heads of packets before anything of them is collected in
 * memory: the client library has none. MQTT 3.1.1 §2.2, threat-model.md §8 (T33).
 */
import { maxEnvelopeBytes } from '@edgeward/keystore/seal'

/** A packet: an envelope and its topic. */
export const maxPacketBytes: number = maxEnvelopeBytes + 1024
/** What is no message has two or three bytes behind its head. */
const maxAnswerBytes = 16
const publish = 3
/** CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP: all that answers what we ask for. Who asks for QoS 1 is sent no QoS 2. */
const expected: ReadonlySet<number> = new Set([2, publish, 4, 9, 13])
/** The remaining length is written in at most so many bytes. */
const maxLengthBytes = 4

/** Follows one connection. */
export class PacketWatch {
  #state: 'type' | 'length' | 'body' = 'type'
  #limit = 0
  #length = 0
  #lengthBytes = 0

  /** Looks at the next bytes. What is wrong with them, or undefined; after a fault the connection is of no more use. */
  look(chunk: Uint8Array): 'unexpected packet' | 'packet too long' | undefined {
    for (let i = 0; i < chunk.length; ) {
      if (this.#state === 'body') {
        const taken = Math.min(this.#length, chunk.length - i)
        i += taken
        this.#length -= taken
        if (this.#length === 0) this.#state = 'type'
        continue
      }
      const byte = chunk[i] as number
      i += 1
      const fault = this.#state === 'type' ? this.#begins(byte) : this.#counts(byte)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #begins(byte: number): 'unexpected packet' | undefined {
    const type = byte >> 4
    const qualityTwo = type === publish && (byte & 0x04) !== 0
    if (!expected.has(type) || qualityTwo) return 'unexpected packet'
    this.#limit = type === publish ? maxPacketBytes : maxAnswerBytes
    this.#state = 'length'
    this.#length = 0
    this.#lengthBytes = 0
    return undefined
  }

  #counts(byte: number): 'packet too long' | undefined {
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes
    this.#lengthBytes += 1
    const goesOn = (byte & 0x80) !== 0
    if (this.#length > this.#limit || (goesOn && this.#lengthBytes === maxLengthBytes)) return 'packet too long'
    if (!goesOn) this.#state = this.#length === 0 ? 'type' : 'body'
    return undefined
  }
}
