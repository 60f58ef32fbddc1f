/** The state of the whole plant on one page. */
import { z } from 'zod'
import { Count, Instant } from './values.ts'

export interface Status {
  /** Null before the first site file was applied. */
  readonly site: { readonly id: string; readonly name: string; readonly timeZone: string } | null
  readonly siteVersion: number | null
  readonly epoch: number
  /** Any part runs simulated (R12): shown red. */
  readonly simulated: boolean
  readonly clock: { readonly now: string; readonly quality: string; readonly simulated: boolean }
  /** Where the site's root keys live, and what that is worth, in one sentence. */
  readonly keys: {
    readonly home: 'hsm' | 'token' | 'tpm-sealed' | 'software'
    readonly isHsm: boolean
    readonly sentence: string
    readonly hostTouches: readonly string[]
  }
  readonly counts: {
    readonly people: number
    readonly robots: number
    readonly assets: number
    readonly credentials: number
    readonly enrolled: number
    readonly rules: number
  }
  readonly modules: {
    readonly total: number
    readonly commissioned: number
    readonly connected: number
    /** Modules that have acknowledged everything that is meant for them. */
    readonly current: number
    /** The others, by id. */
    readonly waiting: readonly string[]
  }
  /** Who is blocked, and whether every block is in force everywhere. */
  readonly blocks: {
    readonly revoked: number
    readonly suspended: number
    readonly version: number
    readonly inForceEverywhere: boolean
    readonly waiting: readonly string[]
  }
  /** What goes on while the service is away. */
  readonly withoutService: {
    /** Least autonomy of a module, seconds; null without modules. */
    readonly leastAutonomySeconds: number | null
    readonly sentence: string
  }
  readonly records: {
    readonly received: number
    readonly gaps: number
    readonly alarms: number
    readonly lastAt: string | null
  }
  readonly database: { readonly state: 'up' | 'down'; readonly kind: 'embedded' | 'external'; readonly version: string }
  readonly broker: { readonly state: 'up' | 'down'; readonly address: string; readonly clients: number }
  /** The last restore of a backup; null: none. `ahead`: modules that have what the backup does not know (R18). */
  readonly restore: {
    readonly at: string
    readonly takenAt: string | null
    readonly ahead: readonly { readonly module: string; readonly what: string }[]
    /** Not heard of since: nothing is sent to them until they have been. */
    readonly unheard: readonly string[]
  } | null
  /** Rules of the threat model that need parts which are not there yet. */
  readonly rulesNotInForce: readonly { readonly rule: string; readonly what: string }[]
}
export const Status: z.ZodType<Status> = z
  .object({
    site: z.object({ id: z.string(), name: z.string(), timeZone: z.string() }).nullable(),
    siteVersion: Count.nullable(),
    epoch: Count,
    simulated: z.boolean(),
    clock: z.object({ now: Instant, quality: z.string(), simulated: z.boolean() }),
    keys: z.object({
      home: z.enum(['hsm', 'token', 'tpm-sealed', 'software']),
      isHsm: z.boolean(),
      sentence: z.string(),
      hostTouches: z.array(z.string()),
    }),
    counts: z.object({
      people: Count,
      robots: Count,
      assets: Count,
      credentials: Count,
      enrolled: Count,
      rules: Count,
    }),
    modules: z.object({
      total: Count,
      commissioned: Count,
      connected: Count,
      current: Count,
      waiting: z.array(z.string()),
    }),
    blocks: z.object({
      revoked: Count,
      suspended: Count,
      version: Count,
      inForceEverywhere: z.boolean(),
      waiting: z.array(z.string()),
    }),
    withoutService: z.object({ leastAutonomySeconds: Count.nullable(), sentence: z.string() }),
    records: z.object({ received: Count, gaps: Count, alarms: Count, lastAt: Instant.nullable() }),
    database: z.object({ state: z.enum(['up', 'down']), kind: z.enum(['embedded', 'external']), version: z.string() }),
    broker: z.object({ state: z.enum(['up', 'down']), address: z.string(), clients: Count }),
    restore: z
      .object({
        at: Instant,
        takenAt: Instant.nullable(),
        ahead: z.array(z.object({ module: z.string(), what: z.string() })),
        unheard: z.array(z.string()),
      })
      .nullable(),
    rulesNotInForce: z.array(z.object({ rule: z.string(), what: z.string() })),
  })
  .meta({ id: 'Status' })
