/**
 * The world of a simulated module. Values, contacts and positions stand until somebody changes them, and are dated now
 * at each look: sensors of a running plant speak all the time.
 */
import type { Clock } from '@edgeward/base'
import type {
  ActuatorOrder,
  ActuatorPort,
  ContactPort,
  ContextPort,
  Display,
  Outcome,
  PanelPort,
  PositionPort,
  Selection,
} from '@edgeward/module/ports'
import type { SimulationFile } from './simulation-file.ts'

const seconds = (clock: Clock): number => Math.floor(clock.now() / 1_000)

export function simulatedContext(file: SimulationFile, clock: Clock): ContextPort {
  return {
    snapshot() {
      const at = seconds(clock)
      const dated = Object.entries(file.context).map(([place, values]) => [
        place,
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, at }])),
      ])
      return Object.fromEntries(dated)
    },
  }
}

export function simulatedContacts(file: SimulationFile): ContactPort {
  return { snapshot: () => file.contacts }
}

export function simulatedPosition(file: SimulationFile, clock: Clock): PositionPort {
  return {
    latest(thumbprint) {
      const standing = file.position(thumbprint)
      return standing && { ...standing, at: seconds(clock), source: 'simulated' }
    },
  }
}

/** Keys, lamp and text that a program drives: the next selection of each reader, and what was shown last. */
export class SimulatedPanel implements PanelPort {
  readonly #next = new Map<string, Selection>()
  readonly shown: Map<string, Display> = new Map()

  /** Chooses for the next tap at a reader. */
  choose(reader: string, selection: Selection): void {
    this.#next.set(reader, selection)
  }

  take(reader: string): Selection | undefined {
    const selection = this.#next.get(reader)
    this.#next.delete(reader)
    return selection
  }

  show(reader: string, display: Display): void {
    this.shown.set(reader, display)
  }
}

/** What an actuator reports when nobody said otherwise, or what was said. */
export type NextOutcome = Extract<Outcome, 'entered' | 'not-entered' | 'actuator-failed' | 'timed-out'>

/**
 * An actuator that shows what it would move and reports: a session begins, a door is walked through, anything else was
 * used (`entered`).
 */
export class SimulatedActuator implements ActuatorPort {
  readonly #next = new Map<string, NextOutcome>()
  readonly #onMove: (order: ActuatorOrder) => void

  constructor(onMove: (order: ActuatorOrder) => void) {
    this.#onMove = onMove
  }

  /** What comes of the next order for an asset. */
  setNext(asset: string, outcome: NextOutcome): void {
    this.#next.set(asset, outcome)
  }

  async act(order: ActuatorOrder, report: (outcome: Outcome) => void): Promise<void> {
    const chosen = this.#next.get(order.asset)
    this.#next.delete(order.asset)
    this.#onMove(order)
    const session = order.obligations.some(obligation => obligation.startsWith('session('))
    // Afterwards, as machines do it: the order was taken first.
    setImmediate(() => report(chosen ?? (session ? 'session-started' : 'entered')))
  }
}
