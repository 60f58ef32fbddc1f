/**
 * The model of a site: what a valid site file says, with every short form written out and every default filled in.
 * One model for everybody: the parser makes it, the exporter writes it back, the decision reads it, a policy bundle
 * is a part of it. Source: specs site.md §2, §3, §5. Durations are in seconds, instants in seconds since 1970 (UTC).
 */

/** Seconds since 1970, UTC. */
export type Instant = number
/** `YYYY-MM-DD`, a date of the site. */
export type LocalDate = string
/** Half-open `[from, to)`; a missing end is open. */
export interface Validity {
  readonly from?: Instant
  readonly to?: Instant
}

export type Level = 1 | 2 | 3 | 4

/** A needed factor, or alternatives of which one is enough. */
export type Factor = 'possession' | 'pin' | 'phone-biometric' | 'reader-biometric' | 'biometric' | 'second-person'
export type FactorEntry = Factor | readonly Factor[]

export interface CriticalityLevel {
  readonly factors: readonly FactorEntry[]
  readonly autonomy: number
  readonly untrustedClock: 'deny' | 'tolerate'
}

/** A subject as a rule names it. A bare id of the file is resolved: role, group, person and robot share one namespace. */
export type Subject =
  | { readonly everyone: true }
  | { readonly role: string }
  | { readonly group: string }
  | { readonly person: string }
  | { readonly robot: string }
  | { readonly organisation: string }

/** An object as a rule names it: an asset, or all assets of an area and/or a kind. */
export type ObjectRef =
  | { readonly asset: string }
  | { readonly area: string; readonly kind?: string }
  | { readonly kind: string }

/** Functions of a rule: the listed ones, or all. */
export type Functions = 'all' | readonly string[]

export interface Site {
  readonly site: {
    readonly id: string
    readonly name: string
    readonly timeZone: string
    readonly secondPersonWindow: number
    readonly positionMaxAge: number
    readonly pinTries: number
    readonly pinLock: number
  }
  readonly criticality: Readonly<Record<Level, CriticalityLevel>>
  readonly calendars: Readonly<Record<string, readonly LocalDate[]>>
  readonly schedules: Readonly<Record<string, Schedule>>
  readonly areas: Readonly<Record<string, Area>>
  /** Named by a `kinds` section, or by the assets alone (then without `declared`). `door` is always there. */
  readonly kinds: Readonly<Record<string, Kind>>
  readonly assets: Readonly<Record<string, Asset>>
  readonly zones: Readonly<Record<string, { readonly name: string; readonly area?: string }>>
  /** Undefined without a `context` section: then any name may be used. */
  readonly context?: Readonly<Record<string, ContextDeclaration>>
  readonly modules: Readonly<Record<string, ModuleSpec>>
  readonly organisations: Readonly<Record<string, Organisation>>
  readonly roles: Readonly<Record<string, { readonly name: string; readonly external: boolean }>>
  readonly groups: Readonly<Record<string, { readonly name: string; readonly members: readonly string[] }>>
  readonly people: Readonly<Record<string, Person>>
  readonly robots: Readonly<Record<string, Person>>
  readonly orders: Readonly<Record<string, Order>>
  readonly permissions: readonly Permission[]
  readonly prohibitions: readonly Prohibition[]
  readonly factorPolicies: readonly FactorPolicy[]
  readonly positionLogging: readonly { readonly who: readonly Subject[]; readonly on: readonly ObjectRef[] }[]
  readonly interlocks: readonly { readonly id: string; readonly doors: readonly string[] }[]
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** Minutes since midnight, 0 to 1440. */
export type Minute = number

export interface Holidays {
  readonly mode: 'exclude' | 'include' | 'only'
  readonly calendars: readonly string[]
}

export interface Window {
  /** Undefined: not written in the file. Daily, unless `recurrence` says the dates or `holidays` is `only`. */
  readonly days?: readonly Weekday[]
  readonly recurrence?: { readonly start: LocalDate; readonly rule: string }
  readonly from: Minute
  /** `to` <= `from` ends on the next day. */
  readonly to: Minute
  /** Replaces the schedule's. */
  readonly holidays?: Holidays
}

export interface Schedule {
  /** Dates, both inclusive. */
  readonly valid?: { readonly from?: LocalDate; readonly to?: LocalDate }
  readonly windows: readonly Window[]
  readonly holidays?: Holidays
  readonly exceptions: readonly ScheduleException[]
}

export interface ScheduleException {
  readonly from: LocalDate
  /** Inclusive; equal to `from` for a single `date`. */
  readonly to: LocalDate
  /** Empty: closed. */
  readonly windows: readonly { readonly from: Minute; readonly to: Minute }[]
}

export interface Area {
  readonly name: string
  /** Undefined: at the top. */
  readonly in?: string
  readonly antiPassback?: {
    readonly mode: 'hard' | 'soft' | 'timed'
    readonly for?: number
    readonly exempt: readonly Subject[]
  }
  readonly occupancy?: number
  readonly twoPersonRule: boolean
  readonly firstPersonIn?: readonly Subject[]
}

export interface Session {
  readonly max: number
  readonly idle?: number
  /** Functions that only one person can have at a time. */
  readonly exclusive: Functions | 'none'
  readonly end: 'at-once' | 'after-cycle'
}

export interface Kind {
  readonly name: string
  readonly functions: readonly string[]
  /** Written in a `kinds` section (false: only named by assets, or the built-in door). */
  readonly declared: boolean
  readonly criticality?: Level
  readonly failSafe?: boolean
  readonly autonomy?: number
  readonly session?: Session
}

export interface Asset {
  readonly name: string
  readonly in: string
  readonly kind: string
  readonly functions: readonly string[]
  readonly criticality: Level
  readonly failSafe: boolean
  readonly autonomy?: number
  /** Doors only: the area that one comes into by the reader of that side. */
  readonly sides?: { readonly in: string; readonly out: string }
  /** Doors only, seconds. */
  readonly door?: { readonly unlock: number; readonly extended: number; readonly heldOpen: number }
  readonly passage?: readonly string[]
  readonly egress?: 'free' | 'supervised'
  readonly session?: Session
}

export interface ContextDeclaration {
  /** Undefined: a value of any type is taken. */
  readonly type?: 'bool' | 'int' | 'double' | 'string'
  readonly maxAge?: number
  readonly unit?: string
  readonly name?: string
}

export interface ModuleSpec {
  readonly name: string
  readonly guards: readonly string[]
  readonly autonomy: number
  readonly keyGroup: string
  readonly readers: Readonly<Record<string, { readonly asset: string; readonly side: 'in' | 'out' }>>
}

export interface Organisation {
  readonly name: string
  readonly validity?: Validity
  readonly active: boolean
}

export interface Person {
  readonly name: string
  readonly roles: readonly { readonly role: string; readonly from?: Instant; readonly to?: Instant }[]
  readonly groups: readonly string[]
  readonly organisation?: string
  /** As written; use `isExternal` for the meaning, which looks at organisation and roles too. */
  readonly external: boolean
  readonly validity?: Validity
  readonly qualifications: Readonly<Record<string, Validity>>
  readonly credentials: Readonly<Record<string, Credential>>
  /** Kind of asset to a free map. */
  readonly preferences: Readonly<Record<string, unknown>>
  readonly extendedTime: boolean
  readonly host?: string
}

export interface Credential {
  readonly type: 'card' | 'phone' | 'watch' | 'tag'
  readonly validity?: Validity
  readonly state: 'active' | 'suspended' | 'revoked'
}

export type OrderType = 'work-order' | 'permit-to-work' | 'booking' | 'transport-order' | 'visit'

export interface Order {
  readonly name: string
  /**
   * Place in the file, from 0. Granting orders are candidates in file order (§6.2, step 10), and an object does not keep
   * the order of ids that are all digits: sort by it.
   */
  readonly place: number
  readonly type: OrderType
  readonly who: readonly Subject[]
  readonly on: readonly ObjectRef[]
  readonly may: Functions
  readonly from: Instant
  readonly to: Instant
  readonly state: 'open' | 'closed'
  readonly grants: boolean
  readonly when: Conditions
  readonly load?: string
  readonly pickUp?: string
  readonly deliver?: string
  readonly host?: string
}

/** The conditions of a permission, a conjunction; empty: unconditional. site.md §3. */
export interface Conditions {
  readonly from?: Instant
  readonly to?: Instant
  readonly schedule?: readonly string[]
  readonly factors?: readonly FactorEntry[]
  readonly zone?: readonly string[]
  readonly within?: number
  /** Name to expression, in the order of the file; a bare expression has the name `context`. */
  readonly context?: readonly { readonly name: string; readonly expression: string }[]
  readonly machineState?: readonly string[]
  readonly qualification?: readonly string[]
  readonly order?: readonly OrderType[]
  readonly escort?: readonly Subject[]
  readonly quota?: { readonly uses: number; readonly per: 'day' | 'week' | 'month' | 'total' }
  readonly rest?: { readonly minimum: number; readonly break: number }
}

interface Rule {
  readonly id: string
  readonly who: readonly Subject[]
  readonly on: readonly ObjectRef[]
  readonly may: Functions
}

export interface Permission extends Rule {
  readonly when: Conditions
  readonly override: boolean
  readonly log?: 'position'
  readonly obligations: { readonly notice: readonly string[]; readonly alarm?: 'silent' }
}

export interface Prohibition extends Rule {
  readonly when: Pick<Conditions, 'schedule' | 'from' | 'to' | 'zone' | 'context' | 'machineState'>
}

export interface FactorPolicy extends Rule {
  readonly when: { readonly schedule?: readonly string[]; readonly outside?: readonly string[] }
  readonly factors: readonly FactorEntry[]
}
