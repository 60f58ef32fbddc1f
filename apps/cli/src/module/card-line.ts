/** Cards in the field of one reader: one is served, few wait, the newest comes next. */
import type { Carrier } from '@edgeward/transponder/carriers'

/** Cards that wait for their turn; one more turns the oldest away. */
export const maxWaitingCards: number = 8

/**
 * Serves one card at a time. The newest first: whoever fills the field with silent cards does not keep an honest phone
 * from its turn (threat-model T07, T85), and those who have left are not waited for.
 */
export class CardLine {
  readonly #serve: (card: Carrier) => Promise<void>
  readonly #waiting: Carrier[] = []
  #isBusy = false

  /** `serve` takes a card until it is done with it. Must not reject. */
  constructor(serve: (card: Carrier) => Promise<void>) {
    this.#serve = serve
  }

  add(card: Carrier): void {
    this.#waiting.push(card)
    card.closed.then(
      () => this.#leave(card),
      () => this.#leave(card),
    )
    if (this.#waiting.length > maxWaitingCards) this.#waiting.shift()?.close()
    if (!this.#isBusy) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isBusy = true
    try {
      for (let card = this.#waiting.pop(); card !== undefined; card = this.#waiting.pop()) await this.#serve(card)
    } finally {
      this.#isBusy = false
    }
  }

  #leave(card: Carrier): void {
    const at = this.#waiting.indexOf(card)
    if (at >= 0) this.#waiting.splice(at, 1)
  }
}
