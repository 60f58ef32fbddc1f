/** The world around one module: readers that phones are held to, keys to press, sensors, something that moves. */
import type { ReaderPlace, TapResult } from '@edgeward/module'
import type {
  ActuatorOrder,
  ActuatorPort,
  ContextPort,
  ContextValue,
  Display,
  Outcome,
  PanelPort,
  Selection,
} from '@edgeward/module/ports'
import { type Carrier, listenVpcd, systemTimer, type VpcdListener } from '@edgeward/transponder/carriers'

type TakeTap = (reader: string, card: Carrier) => Promise<TapResult>

/** What was chosen at the machine. */
export type Choice = Selection

export class Field {
  /** Orders that the actuator was given. */
  readonly moved: ActuatorOrder[] = []
  readonly shown: Display[] = []
  /** What the actuator reports of the next orders; undefined: nothing, ever. */
  outcome: Outcome | undefined = 'entered'
  /** Sensors speak all the time: a value is as old as the look at it. */
  values: Readonly<Record<string, Readonly<Record<string, ContextValue>>>> = {}
  readonly #now: () => number
  readonly #listeners = new Map<string, VpcdListener>()
  readonly #choices = new Map<string, Selection>()
  readonly #waiting = new Map<string, (result: TapResult) => void>()

  constructor(now: () => number) {
    this.#now = now
  }

  readonly context: ContextPort = {
    snapshot: () => {
      const at = Math.floor(this.#now() / 1_000)
      const dated = Object.entries(this.values).map(([place, values]) => [
        place,
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, at }])),
      ])
      return Object.fromEntries(dated)
    },
  }
  readonly panel: PanelPort = {
    take: reader => {
      const choice = this.#choices.get(reader)
      this.#choices.delete(reader)
      return choice
    },
    show: (_, display) => this.shown.push(display),
  }
  readonly actuator: ActuatorPort = {
    act: async (order, report) => {
      this.moved.push(order)
      const { outcome } = this
      if (outcome !== undefined) setImmediate(() => report(outcome))
    },
  }

  /** Listens at every reader of a module. */
  async listen(places: readonly ReaderPlace[], tap: TakeTap): Promise<void> {
    for (const { reader } of places) {
      const onCard = (card: Carrier): void => void tap(reader, card).then(result => this.#waiting.get(reader)?.(result))
      this.#listeners.set(reader, await listenVpcd({ port: 0, timer: systemTimer, onCard }))
    }
  }

  /** Somebody presses keys at a reader. The port to hold a phone to, and what will come of it. */
  choose(reader: string, choice: Choice): { readonly port: number; readonly result: Promise<TapResult> } {
    const port = this.#listeners.get(reader)?.port
    if (port === undefined) throw new Error(`nobody listens at the reader ${reader}`)
    this.#choices.set(reader, choice)
    return { port, result: new Promise(resolve => this.#waiting.set(reader, resolve)) }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map(listener => listener.close()))
    this.#listeners.clear()
  }
}
