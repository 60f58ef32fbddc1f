/** Peers that keep to the rules of vpcd a little and then do not. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { concat, SeededRandom } from '@edgeward/base'

export interface FloodOptions {
  readonly port: number
  /** How many frames are sent in all, at least. */
  readonly frames: number
  readonly framesOfPeer: number
  readonly peersAtOnce: number
  readonly seed: number
}

/** Sends so many frames to the port of a reader. Resolves when every peer was let go. */
export async function floodPort(options: FloodOptions): Promise<void> {
  const attacker = new Attacker(options)
  let left = options.frames
  const attack = async (): Promise<void> => {
    while (left > 0) left -= await attacker.peer()
  }
  await Promise.all(Array.from({ length: options.peersAtOnce }, attack))
}

const framed = (bytes: Uint8Array): Uint8Array => concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
const atr = framed(Uint8Array.of(0x3b, 0x80, 0x01, 0x81))

/** Made once, said in ever other orders. */
const distinctFrames = 4_096

class Attacker {
  readonly #options: FloodOptions
  readonly #random: SeededRandom
  readonly #pool: Uint8Array
  readonly #junk: readonly Uint8Array[]

  constructor(options: FloodOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#pool = this.#random.bytes(65_536)
    this.#junk = Array.from({ length: distinctFrames }, () => this.#newJunk())
  }

  /** One peer from its arrival to its end; how many frames it has sent. */
  async peer(): Promise<number> {
    const { port, framesOfPeer } = this.#options
    let sent = 0
    const say = (socket: Socket, bytes: Uint8Array): void => {
      sent += 1
      socket.write(bytes)
    }
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
    const gone = new Promise<void>(resolve => {
      socket.once('close', () => resolve())
    })
    const manner = this.#below(4)
    if (manner > 0) say(socket, atr)
    if (manner < 2) {
      sent += framesOfPeer
      socket.write(concat(...Array.from({ length: framesOfPeer }, () => this.#one())))
    }
    // One answer for each command, as a card would: these get further. The last kind stops in the middle of it.
    else socket.on('data', () => (manner === 2 || this.#below(4) > 0 ? say(socket, this.#one()) : undefined))
    if (manner < 2) socket.resume().end()
    await gone
    return sent
  }

  /** What a peer says that is no honest card: noise, elements whose lengths lie, status words, chains, long and cut frames. */
  #newJunk(): Uint8Array {
    const noise = this.#noise(this.#below(80))
    switch (this.#below(9)) {
      case 0:
        return noise
      case 1:
        return framed(concat(noise, Uint8Array.of(0x90, 0x00)))
      case 2:
        return framed(concat(noise, Uint8Array.of(0x61, this.#below(256))))
      case 3:
        return framed(
          concat(Uint8Array.of(0x6f, this.#below(256), 0x84, this.#below(256)), noise, Uint8Array.of(0x90, 0x00)),
        )
      case 4:
        return Uint8Array.of(0xff, 0xff)
      case 5:
        return framed(Uint8Array.of(this.#below(256)))
      case 6:
        return concat(Uint8Array.of(0x40, 0x00), this.#noise(200))
      case 7:
        return framed(concat(this.#noise(this.#below(2_000)), Uint8Array.of(0x90, 0x00)))
      default:
        return framed(concat(Uint8Array.of(0x86, 0x41, 0x04), this.#noise(64), Uint8Array.of(0x90, 0x00)))
    }
  }

  #one(): Uint8Array {
    return this.#junk[this.#below(distinctFrames)] ?? atr
  }

  #below(limit: number): number {
    const [high = 0, low = 0, more = 0] = this.#random.bytes(3)
    return ((high << 16) | (low << 8) | more) % limit
  }

  #noise(length: number): Uint8Array {
    const at = this.#below(this.#pool.length - length)
    return this.#pool.subarray(at, at + length)
  }
}
