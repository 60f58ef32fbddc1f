import type { Instant } from '../site.ts'
import type { Claims } from './claims.ts'
import type { CommandTarget, ContactState, ContextValue } from './state.ts'
import type { World } from './world.ts'

/** A measured position of the holder. site.md §6.1. */
export interface Position {
  readonly at: Instant
  readonly zones: readonly string[]
  /** Metres. */
  readonly distance?: number
  /** Metres, default 0. */
  readonly uncertainty?: number
  readonly side?: 'in' | 'out'
  /** The measurement suspects a relay. */
  readonly relay?: boolean
}

/** What the holder showed beside the credential; a missing member was not presented. */
export interface ShownFactors {
  readonly pin?: 'ok' | 'wrong' | 'duress'
  readonly 'phone-biometric'?: 'ok' | 'wrong'
  readonly 'reader-biometric'?: 'ok' | 'wrong'
}

/** The input of a decision. site.md §6.1. */
export interface TapEvent {
  readonly type: 'tap'
  readonly at: Instant
  /** Names the tap for its outcome. */
  readonly id: string
  /** Default trusted. */
  readonly clock?: 'trusted' | 'untrusted'
  readonly asset: string
  /** Default in; only doors have sides. */
  readonly side?: 'in' | 'out'
  /** Default open. */
  readonly function?: string
  /** The cryptographic proof of the transponder; default ok. */
  readonly proof?: 'ok' | 'bad'
  /** Undefined: the credential is not known, and nobody vouches for a person. */
  readonly claims?: Claims
  readonly factors?: ShownFactors
  /** Values that came with the tap; null: no value, whatever other places say. */
  readonly context?: Readonly<Record<string, ContextValue | null>>
  readonly position?: Position
  /** The transponder's own count of PIN tries is used up (threat-model R7). */
  readonly pinUsedUp?: boolean
  /** The module has no line to the service: a grant's grace may be used. */
  readonly offline?: boolean
}

export type OutcomeName =
  | 'entered'
  | 'not-entered'
  | 'timed-out'
  | 'actuator-failed'
  | 'session-started'
  | 'session-ended'

/** All that changes the state. site.md §7. */
export type Event =
  | TapEvent
  | { readonly type: 'outcome'; readonly at: Instant; readonly of: string; readonly outcome: OutcomeName }
  | {
      readonly type: 'context'
      readonly at: Instant
      readonly asset?: string
      readonly area?: string
      readonly values: Readonly<Record<string, ContextValue | null>>
    }
  | { readonly type: 'door'; readonly at: Instant; readonly asset: string; readonly state: ContactState }
  | { readonly type: 'forgive'; readonly at: Instant; readonly person: string }
  | {
      readonly type: 'lockdown' | 'evacuation'
      readonly at: Instant
      readonly on: CommandTarget
      readonly active: boolean
    }
  | {
      readonly type: 'revoke' | 'suspend' | 'resume'
      readonly at: Instant
      readonly credential?: string
      readonly person?: string
    }
  | { readonly type: 'epoch'; readonly at: Instant; readonly minimum: number }
  | { readonly type: 'contact'; readonly at: Instant }
  | { readonly type: 'order'; readonly at: Instant; readonly order: string; readonly state: 'open' | 'closed' }
  /** The world given to `step` is still the old one; `world` is what holds from now on. */
  | { readonly type: 'bundle'; readonly at: Instant; readonly world: World }
