/**
 * What a security module needs of the world. A connector provides a port, `apps/cli` plugs it in; the module knows
 * no connector. Everything that a decision reads is here and answers at once: nothing between tap and decision waits
 * for a network.
 */
import type { Clock } from '@edgeward/base'

/** A number, a text or a truth that a sensor or machine has told. */
export type ContextValue = boolean | number | string

/** A value with the instant at which the source was right about it (seconds since 1970, by the module's clock). */
export interface DatedValue {
  readonly value: ContextValue
  readonly at: number
}

/** Sensor values and machine states, as they are now. */
export interface ContextPort {
  /**
   * Place to name to value. A place is `asset:` or `area:` and its id, or `site`: an asset and an area may have the same
   * id, and this is how the decision's state keeps them.
   */
  snapshot(): Readonly<Record<string, Readonly<Record<string, DatedValue>>>>
}

export type ContactState = 'open' | 'shut' | 'unknown'

/** Door contacts. A door without a contact is not in the map. */
export interface ContactPort {
  snapshot(): Readonly<Record<string, ContactState>>
}

/** A measured position of a transponder. specs site.md §6.1 */
export interface Fix {
  readonly at: number
  readonly zones: readonly string[]
  /** Metres to the reader, and its uncertainty. */
  readonly distance?: number
  readonly uncertainty?: number
  readonly side?: 'in' | 'out'
  readonly relay?: boolean
  readonly source: string
}

/** Where a transponder is; the thumbprint is claim 8 of its documents, in hex. */
export interface PositionPort {
  latest(thumbprint: string): Fix | undefined
}

/** What was chosen at the machine before the tap: never by the phone. */
export interface Selection {
  readonly asset: string
  readonly function: string
  readonly side: 'in' | 'out'
  /** Digits as typed; the module alone sees them, compares a MAC and forgets them. */
  readonly pin?: string
  readonly phoneBiometric?: 'ok' | 'wrong'
  readonly readerBiometric?: 'ok' | 'wrong'
}

/** What a holder may know. Family and help, never the names of rules. domain.md "Reason codes" */
export interface Display {
  readonly decision: 'permit' | 'deny'
  readonly family: string
  readonly text: string
  readonly decisionId: string
}

/** Keys, lamp and text at one reader. */
export interface PanelPort {
  /** The choice for the tap that begins now, which it uses up; undefined: the reader's default asset and function. */
  take(reader: string): Selection | undefined
  show(reader: string, display: Display): void
}

/** An order to move something, given once: `decisionId` makes it idempotent. */
export interface ActuatorOrder {
  readonly decisionId: string
  readonly asset: string
  readonly function: string
  readonly side: 'in' | 'out'
  /** As `formatObligation` writes them. */
  readonly obligations: readonly string[]
}

/** What came of an order. domain.md "Outcome of an attempt" */
export type Outcome = 'entered' | 'not-entered' | 'session-started' | 'session-ended' | 'actuator-failed' | 'timed-out'

/** Moves a door or frees a function, and tells afterwards what came of it. */
export interface ActuatorPort {
  /** Resolves when the order is taken; the outcome comes by `report`. A rejection counts as `actuator-failed`. */
  act(order: ActuatorOrder, report: (outcome: Outcome) => void): Promise<void>
}

/**
 * The network, seen from the module: bytes out, bytes in, up or down. Nothing durable is expected of it; what matters is
 * acknowledged inside the envelopes. The tap never touches it.
 */
export interface LinkPort {
  /** `cut`: somebody cut it in a simulation; it comes back when they say so. */
  readonly state: 'up' | 'down' | 'cut'
  start(on: { up(): void; down(): void; received(envelope: Uint8Array): void }, account: LinkAccount): void
  /** Whether the bytes were handed to the network; false while it is down. */
  send(envelope: Uint8Array): Promise<boolean>
  stop(): Promise<void>
}

/** The module's account at the broker. */
export interface LinkAccount {
  readonly address: string
  readonly user: string
  readonly password: string
}

export interface ModulePorts {
  /** The wall clock: RTC and network time. It may be wrong, and may be moved. */
  readonly clock: Clock
  /** Milliseconds since any instant; nobody sets it. Shows when the wall clock was moved (R5). */
  readonly monotonic: Clock
  readonly context: ContextPort
  readonly contacts: ContactPort
  readonly position: PositionPort
  readonly panel: PanelPort
  readonly actuator: ActuatorPort
  readonly link: LinkPort
  /** True when any of them is simulated: shown red in health and in every record (R12). */
  readonly simulated: boolean
}
