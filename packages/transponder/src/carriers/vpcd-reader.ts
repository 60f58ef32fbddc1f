import { createServer, type Server, type Socket } from 'node:net'
import { TransponderError } from '../errors.ts'
import type { Carrier, Timer } from './carrier.ts'
import { encodeFrame, FrameDecoder, vpcdControl } from './vpcd-frames.ts'

/** Links without an ATR yet. One more closes the oldest: the newest wins. threat-model.md §8, T85. */
export const maxHalfOpenLinks = 8
/** How long a link may stay without an ATR. threat-model.md §8. */
export const halfOpenIdleMs = 5_000
/** ISO/IEC 7816-3 §8.1: TS, T0 and at most 31 more. */
const atrBytes = { least: 2, most: 33 } as const

/** How to listen for cards. */
export interface VpcdListenOptions {
  /** 0 picks a free one. */
  readonly port: number
  readonly timer: Timer
  /** A card has come into the field and given its ATR. The receiver closes the carrier in the end. */
  readonly onCard: (card: Carrier) => void
  /** A link was ended before it became a card. For counters; says nothing of the peer. */
  readonly onRefused?: (because: RefusedLink) => void
}

/** Why a link was ended before it became a card. */
export type RefusedLink = 'idle' | 'too-many' | 'junk'

/** A reader that listens. */
export interface VpcdListener {
  readonly port: number
  /** Ends every link and stops listening. */
  close(): Promise<void>
}

/**
 * The reader's end of vpcd: listens on 127.0.0.1 alone, asks every card that connects for its ATR and hands it on.
 * Rejects with `carrier-unreachable` when the port cannot be had.
 */
export async function listenVpcd(options: VpcdListenOptions): Promise<VpcdListener> {
  const field = new Field(options)
  const server = createServer(socket => field.admit(socket))
  const port = await listening(server, options.port)
  return {
    port,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        field.clear()
      }),
  }
}

/** Everything that is connected; what has not given its ATR yet is bounded. */
class Field {
  readonly #options: VpcdListenOptions
  readonly #links = new Set<ReaderLink>()
  /** In order of arrival, each with the way to be rid of it. */
  readonly #halfOpen = new Map<ReaderLink, (because: RefusedLink) => void>()

  constructor(options: VpcdListenOptions) {
    this.#options = options
  }

  admit(socket: Socket): void {
    const link = new ReaderLink(socket)
    const stopIdle = this.#options.timer.after(halfOpenIdleMs, () => refuse('idle'))
    const refuse = (because: RefusedLink) => {
      if (!this.#halfOpen.delete(link)) return
      link.close()
      this.#options.onRefused?.(because)
    }
    this.#links.add(link)
    this.#halfOpen.set(link, refuse)
    if (this.#halfOpen.size > maxHalfOpenLinks) [...this.#halfOpen.values()][0]?.('too-many')
    void link.closed.then(() => {
      stopIdle()
      refuse('junk')
      this.#links.delete(link)
    })
    void link.powerOn().then(isCard => {
      stopIdle()
      if (!isCard) refuse('junk')
      else if (this.#halfOpen.delete(link)) this.#options.onCard(link)
    })
  }

  clear(): void {
    for (const link of this.#links) link.close()
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      reject(new TransponderError('carrier-unreachable', `cannot listen on 127.0.0.1:${port}`, { cause }))
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

interface Waiting {
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: TransponderError) => void
}

/** One connected card. A message that nobody asked for ends the link. */
class ReaderLink implements Carrier {
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #frames = new FrameDecoder()
  #waiting: Waiting | undefined
  #ended = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', bytes => this.#receive(bytes))
    // A reset by the peer arrives as 'error' and then as 'close': the second is what counts.
    socket.on('error', () => socket.destroy())
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.#end(new TransponderError('carrier-closed', 'the card has left'))
        resolve()
      })
    })
  }

  /** Whether what is connected gives an ATR. */
  async powerOn(): Promise<boolean> {
    this.#socket.write(encodeFrame(Uint8Array.of(vpcdControl.powerOn)))
    try {
      const { length } = await this.exchange(Uint8Array.of(vpcdControl.atr))
      return length >= atrBytes.least && length <= atrBytes.most
    } catch (error) {
      if (error instanceof TransponderError) return false
      throw error
    }
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    if (this.#ended) return Promise.reject(new TransponderError('carrier-closed', 'the card has left'))
    if (this.#waiting) return Promise.reject(new TransponderError('carrier-protocol', 'the last command is unanswered'))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(encodeFrame(command))
    })
  }

  close(): void {
    if (this.#ended) return
    // `end` sends what is queued first; the peer's silence must not keep the socket.
    this.#socket.end(encodeFrame(Uint8Array.of(vpcdControl.powerOff)), () => this.#socket.destroy())
    this.#end(new TransponderError('carrier-closed', 'the link was closed'))
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      for (const message of this.#frames.push(bytes)) this.#take(message)
    } catch (error) {
      if (!(error instanceof TransponderError)) throw error
      this.#end(error)
      this.#socket.destroy()
    }
  }

  #take(message: Uint8Array): void {
    const waiting = this.#waiting
    if (!waiting) throw new TransponderError('carrier-protocol', 'an answer that nobody asked for')
    this.#waiting = undefined
    waiting.resolve(message)
  }

  #end(because: TransponderError): void {
    this.#ended = true
    this.#waiting?.reject(because)
    this.#waiting = undefined
  }
}
