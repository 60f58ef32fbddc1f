import type { Instant, LocalDate, ObjectRef } from '../site.ts'
import type { Holder } from './claims.ts'

/** A number, a text or a truth that a sensor, a machine or a tap has told. */
export type ContextValue = boolean | number | string

export interface DatedValue {
  readonly value: ContextValue
  readonly at: Instant
}

export type ContactState = 'open' | 'shut' | 'unknown'

/** What a lockdown or an evacuation covers. */
export type CommandTarget = 'site' | ObjectRef

/**
 * What the module remembers between events, site.md §7: plain data that survives JSON, so that a module can store it in
 * the transaction of the record. Members that an event does not touch stay the same objects: a store may write only what
 * is no longer identical. `people` of this page are ids of the site file, or person references in a module.
 */
export interface State {
  /** Counts events that have an order among equals: taps and interventions. */
  readonly order: number
  /** Undefined: there was none yet, and the autonomy is never exceeded. */
  readonly lastContact?: Instant
  readonly minimumEpoch: number
  /** Wrong PINs in a row and locks, by credential. */
  readonly pins: Readonly<Record<string, PinCount>>
  /** Last taps of people who may become somebody's second person, oldest first. */
  readonly waiting: readonly WaitingTap[]
  /** Permits that may escort somebody, oldest first. */
  readonly permits: readonly RecentPermit[]
  /** Taps that may still get an outcome, by their id. */
  readonly attempts: Readonly<Record<string, Attempt>>
  /** Known places, `outside` included. Missing: unknown. */
  readonly locations: Readonly<Record<string, Location>>
  /** Last recorded passage, person → area or `outside` → instant. */
  readonly passages: Readonly<Record<string, Readonly<Record<string, Instant>>>>
  /** Areas whose firstPersonIn is opened. */
  readonly opened: readonly string[]
  /** Permits used, rule key → person → uses. A rule key is `rule:`, `order:` or `grant:` and the id. */
  readonly uses: Readonly<Record<string, Readonly<Record<string, Uses>>>>
  readonly sessions: readonly RunningSession[]
  /** Contacts. Missing: shut. */
  readonly doors: Readonly<Record<string, ContactState>>
  /** Place (see `contextPlace`) → name → value. */
  readonly context: Readonly<Record<string, Readonly<Record<string, DatedValue>>>>
  readonly lockdowns: readonly CommandTarget[]
  readonly evacuations: readonly CommandTarget[]
  /** What commands said of credentials and of people; it goes before the file. */
  readonly credentials: Readonly<Record<string, Intervention>>
  readonly people: Readonly<Record<string, Intervention>>
  /** What events said of orders since the last bundle. */
  readonly orders: Readonly<Record<string, 'open' | 'closed'>>
  readonly grants: GrantState
}

export interface PinCount {
  readonly wrong: number
  readonly lockedUntil?: Instant
}

/** Where and for what a tap was. */
export interface AccessPoint {
  readonly asset: string
  /** `in` for everything that is no door. */
  readonly side: 'in' | 'out'
  readonly function: string
}

export interface WaitingTap extends AccessPoint {
  readonly holder: Holder
  readonly at: Instant
  /** Among equal instants the later tap has the higher one. */
  readonly order: number
  /** Some candidate lacked nothing but a second person, if that. */
  readonly good: boolean
}

export interface RecentPermit {
  readonly holder: Holder
  readonly asset: string
  readonly side: 'in' | 'out'
  readonly at: Instant
}

/** What an outcome needs to know of the permit that it belongs to. */
export interface Attempt extends AccessPoint {
  readonly at: Instant
  /** Undefined: nobody is known (an evacuation without a good proof). */
  readonly holder?: Holder
  readonly with?: Holder
  /** The use that was counted and may be given back. */
  readonly use?: { readonly rule: string; readonly date: LocalDate }
  /** Of the obligation; undefined: no end. */
  readonly sessionUntil?: Instant
  /** For `asset-in-use`: the first role that was held. */
  readonly role: string
  /** It had an outcome; a later one is possible, but need not be waited for long. */
  readonly settled?: true
}

export interface Location {
  /** An area or `outside`. */
  readonly area: string
  /** Undefined: only the site file can tell who this is. */
  readonly holder?: Holder
}

export interface Uses {
  readonly total: number
  /** By local date of the site; the latest ones, enough for a month. */
  readonly days: Readonly<Record<LocalDate, number>>
}

export interface RunningSession {
  /** The tap that started it. */
  readonly tap: string
  readonly person: string
  readonly asset: string
  readonly function: string
  /** Undefined: until it is ended. */
  readonly until?: Instant
  readonly role: string
}

export interface Intervention {
  readonly state: 'active' | 'suspended' | 'revoked'
  /** The later of two on a credential and on its person counts. */
  readonly order: number
}

/** Direct grants with a booking sequence or grace. site.md §6.2 step 10. */
export interface GrantState {
  /** Highest sequence accepted for an asset, and when. */
  readonly highest: Readonly<Record<string, { readonly sequence: number; readonly at: Instant }>>
  /** `asset/grant` whose grace was used. */
  readonly graceUsed: readonly string[]
}

/** What a module knows at its commissioning. */
export function initialState(): State {
  return {
    order: 0,
    minimumEpoch: 0,
    pins: {},
    waiting: [],
    permits: [],
    attempts: {},
    locations: {},
    passages: {},
    opened: [],
    uses: {},
    sessions: [],
    doors: {},
    context: {},
    lockdowns: [],
    evacuations: [],
    credentials: {},
    people: {},
    orders: {},
    grants: { highest: {}, graceUsed: [] },
  }
}

/** The key of a place in `State.context`. */
export function contextPlace(place: { readonly asset?: string; readonly area?: string }): string {
  if (place.asset !== undefined) return `asset:${place.asset}`
  return place.area === undefined ? 'site' : `area:${place.area}`
}

/**
 * The state with present values of ports that keep them themselves (sensors, contacts), in the place of those that came
 * as events: for a module that asks its ports at each tap instead of storing every change.
 */
export function withSurroundings(state: State, present: Partial<Pick<State, 'context' | 'doors'>>): State {
  return { ...state, ...present }
}
