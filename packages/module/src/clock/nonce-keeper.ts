import { bytesEqual, type Clock, type Random } from '@edgeward/base'

/** What a signed time may be late: as much as the clock may move unsigned. */
const nonceLifeMs = 5 * 60_000
const nonceBytes = 16

/** A nonce that waits for its answer. One at a time; it does not live long (T64: delayed time sets nothing). */
export class NonceKeeper {
  #nonce: Uint8Array | undefined
  #until = 0
  readonly #monotonic: Clock

  constructor(monotonic: Clock) {
    this.#monotonic = monotonic
  }

  /** The nonce to ask with; the same one while it is fresh, so that a repeated question does not void an answer. */
  ask(random: Random): Uint8Array {
    if (this.#nonce === undefined || this.#monotonic.now() > this.#until) {
      this.#nonce = random.bytes(nonceBytes)
      this.#until = this.#monotonic.now() + nonceLifeMs
    }
    return this.#nonce
  }

  take(nonce: Uint8Array): boolean {
    const mine = this.#nonce
    if (mine === undefined || this.#monotonic.now() > this.#until || !bytesEqual(mine, nonce)) return false
    this.#nonce = undefined
    return true
  }
}
