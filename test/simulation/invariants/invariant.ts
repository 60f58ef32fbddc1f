import type { ActuatorOrder, Display } from '@edgeward/module/ports'
import type { Known } from '../known.ts'
import type { ModuleNode, SeenRecord } from '../module-node.ts'
import type { DocumentTruth, Phone } from '../phones.ts'
import type { CommandTruth, ServiceModel } from '../service/service-model.ts'
import type { Truth } from '../service/truth.ts'

/** A tap with what is true about it, whatever the module makes of it. */
export interface TapTruth {
  readonly serial: number
  readonly node: ModuleNode
  readonly place: { readonly asset: string; readonly function: string; readonly side: 'in' | 'out' }
  readonly phone: Phone
  readonly document: DocumentTruth | undefined
  /** Credential reference in hex. */
  readonly credential: string | undefined
  /** What was typed is what. */
  readonly pin: 'ok' | 'wrong' | 'duress' | undefined
  readonly offline: boolean
  readonly context: ModuleNode['context']
  /** Nothing was wrong with machine and air. */
  readonly isHonest: boolean
  /** Once the display has told. */
  decisionId: string | undefined
}

/** What the invariants can see of the plant. */
export interface View {
  readonly truth: Truth
  readonly service: ServiceModel
  /** Commands that were given, by id in hex. */
  readonly commands: ReadonlyMap<string, CommandTruth>
  /** Seconds since 1970, really: at the start of the step that was just done. */
  stepStart(): number
  /** And now. */
  now(): number
  known(node: ModuleNode): Known
}

/**
 * Something that always holds. Each question is answered with what is wrong, or undefined. `facts` of an earlier step
 * (what a module has acknowledged) are in `known`; those of the step itself come in afterwards.
 */
export interface Invariant {
  readonly name: string
  /** Where it comes from. */
  readonly clause: string
  /** An order is at the actuator. */
  acted?(node: ModuleNode, order: ActuatorOrder): string | undefined
  /** A PIN is about to be compared. */
  comparing?(node: ModuleNode, taps: readonly TapTruth[]): string | undefined
  /** A record has become durable; the taps that may have led to it. */
  recorded?(node: ModuleNode, seen: SeenRecord, taps: readonly TapTruth[]): string | undefined
  /** A tap has ended with a display. */
  tapped?(node: ModuleNode, tap: TapTruth, display: Display, isTorn: boolean): string | undefined
  /** After each step, on or off. */
  stepped?(node: ModuleNode): string | undefined
  /** The module has begun a new life at the site. */
  commissioned?(node: ModuleNode): void
  /** At the end, when the network has healed and time has passed. */
  ended?(node: ModuleNode): string | undefined
}

export type MakeInvariant = (view: View) => Invariant
