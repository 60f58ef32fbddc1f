/** What happened: the stream of records, and one decision in full. */
import { z } from 'zod'
import { Count, Cursor, Hex, Id, Instant, Named } from './values.ts'

/** Most rows of a page. */
export const maxPageRows = 500
const defaultPageRows = 100

export const eventKinds = ['decision', 'outcome', 'configuration', 'clock', 'module'] as const
export type EventKind = (typeof eventKinds)[number]

/** A reason as the record has it: `factor-required(pin)` is code `factor-required`, parameter `pin`. */
export interface Reason {
  readonly code: string
  readonly parameter: string | null
  /** What a person reads: "PIN needed". */
  readonly text: string
}
export const Reason: z.ZodType<Reason> = z
  .object({ code: z.string(), parameter: z.string().nullable(), text: z.string() })
  .meta({ id: 'Reason' })

/** One record. Names are looked up now; what was erased is null. */
export interface EventRow {
  readonly cursor: string
  readonly kind: EventKind
  /** By the clock of whoever made the record. */
  readonly at: string
  readonly receivedAt: string
  readonly clockQuality: string
  readonly simulated: boolean
  /** The module; `service` for acts in the service. */
  readonly module: string
  readonly number: number
  /** Of decisions and their outcomes: opens the decision card. */
  readonly decisionId: string | null
  readonly asset: Named | null
  readonly side: 'in' | 'out' | null
  readonly function: string | null
  readonly decision: 'permit' | 'deny' | null
  /** The rule that permitted. */
  readonly by: string | null
  readonly reasons: readonly Reason[]
  readonly obligations: readonly string[]
  readonly factors: Readonly<Record<string, string>>
  readonly person: Named | null
  /** The credential's id in the site file. */
  readonly credential: string | null
  /** Of a decision, as soon as it is known; of an outcome record, its own. */
  readonly outcome: string | null
  /** Kinds configuration, clock, module: what, in one word, who did it, and particulars. */
  readonly event: string | null
  readonly actor: string | null
  readonly detail: Readonly<Record<string, string>>
}
const eventRow = {
  cursor: Cursor,
  kind: z.enum(eventKinds),
  at: Instant,
  receivedAt: Instant,
  clockQuality: z.string(),
  simulated: z.boolean(),
  module: z.string(),
  number: Count,
  decisionId: z.string().nullable(),
  asset: Named.nullable(),
  side: z.enum(['in', 'out']).nullable(),
  function: z.string().nullable(),
  decision: z.enum(['permit', 'deny']).nullable(),
  by: z.string().nullable(),
  reasons: z.array(Reason),
  obligations: z.array(z.string()),
  factors: z.record(z.string(), z.string()),
  person: Named.nullable(),
  credential: z.string().nullable(),
  outcome: z.string().nullable(),
  event: z.string().nullable(),
  actor: z.string().nullable(),
  detail: z.record(z.string(), z.string()),
}
export const EventRow: z.ZodType<EventRow> = z.object(eventRow).meta({ id: 'EventRow' })

/** Filters are joined by "and". Without `after` and `before`: the newest. */
export interface EventsQuery {
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
  /** Id of a person or robot. */
  readonly person?: string | undefined
  readonly asset?: string | undefined
  readonly module?: string | undefined
  readonly decision?: 'permit' | 'deny' | undefined
  readonly kind?: EventKind | undefined
}
export const EventsQuery: z.ZodType<EventsQuery> = z.object({
  before: Cursor.optional(),
  after: Cursor.optional(),
  limit: z.coerce.number().int().positive().max(maxPageRows).default(defaultPageRows),
  person: Id.optional(),
  asset: Id.optional(),
  module: Id.optional(),
  decision: z.enum(['permit', 'deny']).optional(),
  kind: z.enum(eventKinds).optional(),
})

/** Newest first with `before` or neither, oldest first with `after`. */
export interface Events {
  readonly events: readonly EventRow[]
  /** Go on reading upwards with `after: newest`; unchanged when nothing came. */
  readonly newest: string
  /** Go on reading downwards with `before: oldest`; null at the end. */
  readonly oldest: string | null
}
export const Events: z.ZodType<Events> = z
  .object({ events: z.array(EventRow), newest: Cursor, oldest: Cursor.nullable() })
  .meta({ id: 'Events' })

export interface StreamQuery {
  /** Only events behind this cursor; the header `Last-Event-ID` goes before it. Default: what comes from now on. */
  readonly after?: string | undefined
}
export const StreamQuery: z.ZodType<StreamQuery> = z.object({ after: Cursor.optional() })

export interface DecisionParams {
  readonly id: string
}
export const DecisionParams: z.ZodType<DecisionParams> = z.object({ id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{10}$/) })

/** A rule as it was at the decision. */
export interface RuleThen {
  readonly id: string
  readonly kind: 'permission' | 'prohibition' | 'order'
  readonly sentence: string
  readonly conditions: readonly string[]
  /** The version of the site that brought this wording, with its author and time. */
  readonly version: number
  readonly author: string
  readonly since: string
}
const ruleThen = z
  .object({
    id: z.string(),
    kind: z.enum(['permission', 'prohibition', 'order']),
    sentence: z.string(),
    conditions: z.array(z.string()),
    version: Count,
    author: z.string(),
    since: Instant,
  })
  .meta({ id: 'RuleThen' })
export const RuleThen: z.ZodType<RuleThen> = ruleThen

/** What happened to that rule afterwards. */
export interface LaterChange {
  readonly change: 'changed' | 'removed'
  readonly version: number
  readonly author: string
  readonly at: string
}
export const LaterChange: z.ZodType<LaterChange> = z
  .object({ change: z.enum(['changed', 'removed']), version: Count, author: z.string(), at: Instant })
  .meta({ id: 'LaterChange' })

/** The decision card: all that the record says, with the words for it. domain.md J5 */
export interface DecisionCard {
  readonly event: EventRow
  readonly timeZone: string
  readonly rule: RuleThen | null
  readonly laterChanges: readonly LaterChange[]
  readonly withPerson: Named | null
  /** Where the holder was, when logging was asked; null: not recorded or erased. */
  readonly position: string | null
  readonly versions: {
    readonly site: number | null
    readonly siteDigest: string | null
    readonly bundle: number | null
    readonly revocations: number | null
    readonly epoch: number | null
    readonly documentEpoch: number | null
  }
  /** Values that the decision rested on. */
  readonly trace: readonly { readonly what: string; readonly value: string }[]
  readonly outcome: { readonly outcome: string; readonly at: string; readonly number: number } | null
  readonly record: {
    readonly module: Named
    readonly chainEpoch: number
    readonly number: number
    /** Of the module's chain after this record. */
    readonly head: string
    readonly digest: string
    /** The batch that brought it was signed by the module's identity key. */
    readonly signedByModule: boolean
  }
}
export const DecisionCard: z.ZodType<DecisionCard> = z
  .object({
    event: EventRow,
    timeZone: z.string(),
    rule: ruleThen.nullable(),
    laterChanges: z.array(LaterChange),
    withPerson: Named.nullable(),
    position: z.string().nullable(),
    versions: z.object({
      site: Count.nullable(),
      siteDigest: Hex.nullable(),
      bundle: Count.nullable(),
      revocations: Count.nullable(),
      epoch: Count.nullable(),
      documentEpoch: Count.nullable(),
    }),
    trace: z.array(z.object({ what: z.string(), value: z.string() })),
    outcome: z.object({ outcome: z.string(), at: Instant, number: Count }).nullable(),
    record: z.object({
      module: Named,
      chainEpoch: Count,
      number: Count,
      head: Hex,
      digest: Hex,
      signedByModule: z.boolean(),
    }),
  })
  .meta({ id: 'DecisionCard' })
