import { type CardCarrier, type CardEvent, type Carrier, TransponderError } from '@edgeward/transponder/carriers'

/** What becomes of one APDU on the air; bytes: these instead. */
export type OnAir = (
  from: 'reader' | 'phone',
  count: number,
  bytes: Uint8Array,
) => 'pass' | 'leave' | 'lost' | Uint8Array

/** Reader and phone that meet in memory. `onAir` sees every APDU. */
export class SimField implements Carrier, CardCarrier {
  readonly closed: Promise<void>
  readonly #onAir: OnAir
  readonly #events: CardEvent[] = []
  #count = 0
  #card: ((event: CardEvent) => void) | undefined
  #reader: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #resolveClosed: () => void = () => undefined
  #isClosed = false

  constructor(onAir: OnAir = () => 'pass') {
    this.#onAir = onAir
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    const fate = this.#fate('reader', command)
    if (fate === 'leave') this.close()
    if (this.#isClosed) return Promise.reject(new TransponderError('carrier-closed', 'the phone has left'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      if (fate instanceof Uint8Array) this.#give({ type: 'command', bytes: fate })
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
    const fate = this.#fate('phone', response)
    if (fate === 'leave') this.close()
    else if (fate instanceof Uint8Array) this.#reader?.resolve(fate)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader?.reject(new TransponderError('carrier-closed', 'the phone has left'))
    this.#give({ type: 'closed' })
    this.#resolveClosed()
  }

  #fate(from: 'reader' | 'phone', bytes: Uint8Array): 'leave' | 'lost' | Uint8Array {
    this.#count += 1
    const fate = this.#onAir(from, this.#count, bytes)
    return fate === 'pass' ? bytes : fate
  }

  #give(event: CardEvent): void {
    const card = this.#card
    this.#card = undefined
    if (card === undefined) this.#events.push(event)
    else card(event)
  }
}
