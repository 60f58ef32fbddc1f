/** A link that a simulation can cut, as if the cable were out. */
import type { LinkAccount, LinkPort } from '@edgeward/module/ports'

type Handlers = Parameters<LinkPort['start']>[0]

export class CuttableLink implements LinkPort {
  readonly #link: LinkPort
  readonly #address: string | undefined
  #cut = false
  /** Not before the module stands ready: what carries envelopes takes its time to load, and no tap waits for it. */
  #isReleased: boolean
  #started: { readonly on: Handlers; readonly account: LinkAccount } | undefined
  /** The last change of the cable; the next waits for it. */
  #changing: Promise<void> = Promise.resolve()

  /** `address`: the broker, if it is not where it was at commissioning. `held`: nothing begins before `release`. */
  constructor(link: LinkPort, address?: string, { held = false }: { readonly held?: boolean } = {}) {
    this.#link = link
    this.#address = address
    this.#isReleased = !held
  }

  get state(): 'up' | 'down' | 'cut' {
    return this.#cut ? 'cut' : this.#link.state
  }

  start(on: Handlers, account: LinkAccount): void {
    this.#started = { on, account: { ...account, address: this.#address ?? account.address } }
    this.#plugIn()
  }

  async send(envelope: Uint8Array): Promise<boolean> {
    return this.#cut ? false : this.#link.send(envelope)
  }

  async stop(): Promise<void> {
    this.#started = undefined
    await this.#changing
    await this.#link.stop()
  }

  /** Lets the link begin. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#plugIn()
  }

  async setCut(cut: boolean): Promise<void> {
    if (cut === this.#cut) return
    this.#cut = cut
    this.#changing = this.#changing.then(async () => {
      if (!cut) return this.#plugIn()
      await this.#link.stop()
      this.#started?.on.down()
    })
    await this.#changing
  }

  #plugIn(): void {
    if (this.#started === undefined || this.#cut || !this.#isReleased) return
    const { on, account } = this.#started
    this.#link.start(on, account)
  }
}
