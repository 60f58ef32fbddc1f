import type { LinkPort } from '@edgeward/module/ports'
import type { Power } from '../kernel/power.ts'

/** The module's end of the network during one life. */
export class SimLink implements LinkPort {
  readonly #power: Power
  readonly #send: (envelope: Uint8Array) => void
  #on: Parameters<LinkPort['start']>[0] | undefined
  #isUp: boolean
  /** Takes envelopes and never says so. */
  hangs = false

  constructor(power: Power, isUp: boolean, send: (envelope: Uint8Array) => void) {
    this.#power = power
    this.#isUp = isUp
    this.#send = send
  }

  get state(): 'up' | 'down' {
    return this.#isUp && this.#on !== undefined ? 'up' : 'down'
  }

  start(on: Parameters<LinkPort['start']>[0]): void {
    this.#on = on
    if (this.#isUp) on.up()
  }

  async send(envelope: Uint8Array): Promise<boolean> {
    this.#power.operate()
    if (this.hangs) return new Promise(() => undefined)
    if (this.state !== 'up') return false
    this.#send(envelope)
    this.#power.operate()
    return true
  }

  async stop(): Promise<void> {
    this.#on = undefined
  }

  set(isUp: boolean): void {
    if (this.#isUp === isUp) return
    this.#isUp = isUp
    if (!this.#power.isOn) return
    if (isUp) this.#on?.up()
    else this.#on?.down()
  }

  /** False: nobody listens. */
  deliver(envelope: Uint8Array): boolean {
    if (!this.#power.isOn || this.state !== 'up') return false
    this.#on?.received(envelope)
    return true
  }
}
