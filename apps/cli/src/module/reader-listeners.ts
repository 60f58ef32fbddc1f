/** The virtual readers of a simulated module: one vpcd port each, and one transponder at a time in each field. */
import type { ReaderPlace } from '@edgeward/module'
import { type Carrier, listenVpcd, systemTimer, type VpcdListener } from '@edgeward/transponder/carriers'
import { CardLine } from './card-line.ts'

interface Listening extends VpcdListener {
  readonly place: ReaderPlace
}

export class ReaderListeners {
  readonly #onCard: (place: ReaderPlace, card: Carrier) => Promise<void>
  readonly #listening = new Map<string, Listening>()
  #changing: Promise<void> = Promise.resolve()

  /** `onCard` takes a card until it is done with it; the next one waits. Must not reject. */
  constructor(onCard: (place: ReaderPlace, card: Carrier) => Promise<void>) {
    this.#onCard = onCard
  }

  /** Listens for exactly these readers; a reader that stays keeps its port. */
  set(places: readonly ReaderPlace[]): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change(places))
    return this.#changing
  }

  /** Resolves when everything that was set so far listens. Rejects with what kept it from that. */
  settled(): Promise<void> {
    return this.#changing
  }

  port(reader: string): number | undefined {
    return this.#listening.get(reader)?.port
  }

  /** The reader at a side of an asset. */
  at(asset: string, side: 'in' | 'out'): ReaderPlace | undefined {
    return [...this.#listening.values()].find(({ place }) => place.asset === asset && place.side === side)?.place
  }

  close(): Promise<void> {
    return this.set([])
  }

  async #change(places: readonly ReaderPlace[]): Promise<void> {
    const wanted = new Map(places.map(place => [place.reader, place]))
    for (const [reader, listening] of this.#listening) {
      const { place } = listening
      const stays = wanted.get(reader)
      if (stays !== undefined && stays.asset === place.asset && stays.side === place.side) {
        this.#listening.set(reader, { port: listening.port, close: listening.close, place: stays })
        continue
      }
      this.#listening.delete(reader)
      await listening.close()
    }
    for (const place of places) {
      if (!this.#listening.has(place.reader))
        this.#listening.set(place.reader, { ...(await this.#listen(place)), place })
    }
  }

  #listen(place: ReaderPlace): Promise<VpcdListener> {
    const line = new CardLine(card => this.#onCard(place, card))
    return listenVpcd({ port: 0, timer: systemTimer, onCard: card => line.add(card) })
  }
}
