import { type CardCarrier, type CardEvent, type Carrier, TransponderError } from '@edgeward/transponder/carriers'

/** Reader and phone that meet in memory. `onAir` sees every APDU and may swallow it. */
export class MemoryField implements Carrier, CardCarrier {
  readonly closed: Promise<void>
  readonly apdus: { readonly from: 'reader' | 'phone'; readonly bytes: Uint8Array }[] = []
  readonly #onAir: (from: 'reader' | 'phone', count: number) => 'pass' | 'leave'
  readonly #events: CardEvent[] = []
  #card: ((event: CardEvent) => void) | undefined
  #reader: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #resolveClosed: () => void = () => undefined
  #isClosed = false

  constructor(onAir: (from: 'reader' | 'phone', count: number) => 'pass' | 'leave' = () => 'pass') {
    this.#onAir = onAir
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    this.apdus.push({ from: 'reader', bytes: command })
    if (!this.#isClosed && this.#onAir('reader', this.apdus.length) === 'leave') this.close()
    if (this.#isClosed) return Promise.reject(new TransponderError('carrier-closed', 'the phone has left'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#give({ type: 'command', bytes: command })
    })
  }

  next(): Promise<CardEvent> {
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve(event)
    if (this.#isClosed) return Promise.resolve({ type: 'closed' })
    return new Promise(resolve => {
      this.#card = resolve
    })
  }

  answer(response: Uint8Array): void {
    this.apdus.push({ from: 'phone', bytes: response })
    if (this.#onAir('phone', this.apdus.length) === 'leave') this.close()
    else this.#reader?.resolve(response)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader?.reject(new TransponderError('carrier-closed', 'the phone has left'))
    this.#give({ type: 'closed' })
    this.#resolveClosed()
  }

  #give(event: CardEvent): void {
    const card = this.#card
    this.#card = undefined
    if (card === undefined) this.#events.push(event)
    else card(event)
  }
}
