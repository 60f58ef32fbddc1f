/** Bounds on what a client of the broker may send, before anything of it is collected in memory. threat-model §8 */
import type { Socket } from 'node:net'
import { Duplex, Transform, type TransformCallback } from 'node:stream'
import { maxEnvelopeBytes } from '@edgeward/keystore/seal'
import type { Timers } from '../timers.ts'

/** A packet: an envelope and its topic. */
const maxPacketBytes: number = maxEnvelopeBytes + 1024
const packetsAWindow = 50
const windowMs = 1_000

/** The socket with a guard in front: a packet that is too long closes it, too many packets are slowed down. */
export function guardPackets(socket: Socket, timers: Timers): Duplex {
  const guard = new PacketGuard(timers)
  guard.once('error', () => socket.destroy())
  socket.once('close', () => guard.destroy())
  socket.pipe(guard)
  const duplex = Duplex.from({ readable: guard, writable: socket })
  duplex.on('error', () => socket.destroy())
  duplex.once('close', () => socket.destroy())
  return duplex
}

/** MQTT 3.1.1 §2.2: one byte of type, the remaining length in 1 to 4 bytes of 7 bits, then so many bytes. */
class PacketGuard extends Transform {
  readonly #timers: Timers
  readonly #stopWindow: () => void
  #state: 'type' | 'length' | 'body' = 'type'
  #length = 0
  #shift = 0
  #packets = 0
  #resume: (() => void) | undefined

  constructor(timers: Timers) {
    super()
    this.#timers = timers
    this.#stopWindow = this.#timers.every(windowMs, () => {
      this.#packets = 0
      // Taken first: going on may fill this window at once, and then waits for the next one.
      const resume = this.#resume
      this.#resume = undefined
      resume?.()
    })
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let i = 0; i < chunk.length; ) {
      if (this.#state === 'body') {
        const taken = Math.min(this.#length, chunk.length - i)
        this.#length -= taken
        i += taken
        if (this.#length === 0) this.#state = 'type'
        continue
      }
      const fault = this.#head(chunk[i] as number)
      if (fault) {
        done(new Error('a packet is longer than it may be'))
        return
      }
      i += 1
    }
    this.push(chunk)
    if (this.#packets < packetsAWindow) done()
    else this.#resume = done
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopWindow()
    done(error)
  }

  /** One byte of a packet's head; true when the packet is too long. */
  #head(byte: number): boolean {
    if (this.#state === 'type') {
      this.#packets += 1
      this.#state = 'length'
      this.#length = 0
      this.#shift = 0
      return false
    }
    this.#length |= (byte & 0x7f) << this.#shift
    this.#shift += 7
    if (this.#length > maxPacketBytes || this.#shift > 28) return true
    if ((byte & 0x80) === 0) this.#state = this.#length === 0 ? 'type' : 'body'
    return false
  }
}
