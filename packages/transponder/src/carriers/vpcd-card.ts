import { connect, type Socket } from 'node:net'
import { TransponderError } from '../errors.ts'
import type { CardCarrier, CardEvent } from './carrier.ts'
import { encodeFrame, FrameDecoder, vpcdControl } from './vpcd-frames.ts'

/** A transponder that names nothing of itself: TS, T0 with one interface byte, T=1. ISO/IEC 7816-3 §8.2. */
const plainAtr: Uint8Array = Uint8Array.of(0x3b, 0x80, 0x01, 0x81)
/** Events that the transponder has not looked at yet. A reader asks one thing at a time. */
const maxQueuedEvents = 16

/** How to reach a reader. */
export interface VpcdConnectOptions {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** What the card says when it is asked for its ATR. */
  readonly atr?: Uint8Array
}

/** The card's end of vpcd: connects to a reader. Rejects with `carrier-unreachable`. */
export function connectVpcd(options: VpcdConnectOptions): Promise<CardCarrier> {
  const { port, host = '127.0.0.1', atr = plainAtr } = options
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host })
    socket.setNoDelay(true)
    const refuse = (cause: Error) => {
      reject(new TransponderError('carrier-unreachable', `no reader at ${host}:${port}`, { cause }))
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      socket.removeListener('error', refuse)
      resolve(new CardLink(socket, atr))
    })
  })
}

class CardLink implements CardCarrier {
  readonly #socket: Socket
  readonly #atr: Uint8Array
  readonly #frames = new FrameDecoder()
  readonly #events: CardEvent[] = []
  #waiting: ((event: CardEvent) => void) | undefined
  #ended = false

  constructor(socket: Socket, atr: Uint8Array) {
    this.#socket = socket
    this.#atr = atr
    socket.on('data', bytes => this.#receive(bytes))
    // A reset by the peer arrives as 'error' and then as 'close': the second is what counts.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#end())
  }

  next(): Promise<CardEvent> {
    const event = this.#events.shift()
    if (event) return Promise.resolve(event)
    if (this.#ended) return Promise.resolve({ type: 'closed' })
    return new Promise(resolve => {
      this.#waiting = resolve
    })
  }

  answer(response: Uint8Array): void {
    if (!this.#ended) this.#socket.write(encodeFrame(response))
  }

  close(): void {
    this.#socket.destroy()
    this.#end()
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      for (const message of this.#frames.push(bytes)) this.#take(message)
    } catch (error) {
      if (!(error instanceof TransponderError)) throw error
      this.close()
    }
  }

  #take(message: Uint8Array): void {
    const event = eventOf(message)
    if (event === 'atr') this.answer(this.#atr)
    else this.#give(event)
  }

  #give(event: CardEvent): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) waiting(event)
    else if (this.#events.length < maxQueuedEvents) this.#events.push(event)
    else throw new TransponderError('carrier-protocol', 'too many commands at once')
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#waiting?.({ type: 'closed' })
    this.#waiting = undefined
  }
}

/** A message of one byte is control. aliro.md §14. */
function eventOf(message: Uint8Array): CardEvent | 'atr' {
  if (message.length > 1) return { type: 'command', bytes: message }
  switch (message[0]) {
    case vpcdControl.powerOff:
      return { type: 'power-off' }
    case vpcdControl.powerOn:
      return { type: 'power-on' }
    case vpcdControl.reset:
      return { type: 'reset' }
    case vpcdControl.atr:
      return 'atr'
    default:
      throw new TransponderError('carrier-protocol', 'a control byte that is not known')
  }
}
