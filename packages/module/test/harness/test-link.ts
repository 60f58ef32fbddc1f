import type { LinkPort } from '../../src/ports.ts'

/** A network that the test owns: what goes up is kept, what comes down is given. */
export class TestLink implements LinkPort {
  readonly sent: Uint8Array[] = []
  state: 'up' | 'down' | 'cut' = 'down'
  /** Never answers: every send hangs. */
  hangs = false
  #on: Parameters<LinkPort['start']>[0] | undefined

  start(on: Parameters<LinkPort['start']>[0]): void {
    this.#on = on
    if (this.state === 'up') on.up()
  }

  send(envelope: Uint8Array): Promise<boolean> {
    if (this.hangs) return new Promise(() => undefined)
    if (this.state !== 'up') return Promise.resolve(false)
    this.sent.push(envelope)
    return Promise.resolve(true)
  }

  async stop(): Promise<void> {
    this.#on = undefined
  }

  up(): void {
    this.state = 'up'
    this.#on?.up()
  }

  down(): void {
    this.state = 'down'
    this.#on?.down()
  }

  deliver(envelope: Uint8Array): void {
    this.#on?.received(envelope)
  }
}
