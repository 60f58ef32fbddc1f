/** Health of the modules. */
import { z } from 'zod'
import { Count, Id, Instant, Named } from './values.ts'

/** What a module should have, what it has acknowledged, and since when. 0: nothing yet. */
export interface Effect {
  readonly desired: number
  readonly effective: number
  readonly effectiveAt: string | null
}
export const Effect: z.ZodType<Effect> = z
  .object({ desired: Count, effective: Count, effectiveAt: Instant.nullable() })
  .meta({ id: 'Effect' })

/** Records that were announced and have not arrived: shown as a gap, never smoothed over. */
export interface Gap {
  readonly chainEpoch: number
  readonly first: number
  readonly last: number
  readonly since: string
}
export const Gap: z.ZodType<Gap> = z
  .object({ chainEpoch: Count, first: Count, last: Count, since: Instant })
  .meta({ id: 'Gap' })

export interface ModuleHealth {
  readonly id: string
  readonly name: string
  readonly guards: readonly Named[]
  readonly keyGroup: string
  readonly autonomySeconds: number
  /** Null: not commissioned. */
  readonly commissionedAt: string | null
  /** Fingerprint of its public keys in six words; null before commissioning. */
  readonly fingerprint: string | null
  readonly link: 'connected' | 'away'
  readonly lastContact: string | null
  readonly bundle: Effect
  readonly revocations: Effect
  readonly keys: Effect
  /** By its last health; null before. Offset: the module's clock minus the service's, as its report arrived. */
  readonly clock: { readonly quality: string; readonly offsetMs: number; readonly at: string } | null
  readonly records: {
    readonly chainEpoch: number
    /** Highest number known of. */
    readonly last: number
    /** Highest number up to which all have arrived and were acknowledged. */
    readonly acknowledged: number
    /** Room at the module; null before its first health. */
    readonly free: number | null
    readonly gaps: readonly Gap[]
  }
  /** Where its keys live. */
  readonly home: string | null
  readonly simulated: boolean
  /** Envelopes of this module that were refused, by reason. */
  readonly refused: {
    readonly total: number
    readonly reasons: Readonly<Record<string, number>>
    readonly lastAt: string | null
  }
  /** Same record number with other bytes, acknowledgements of what was never sent, and the like. */
  readonly alarms: readonly { readonly code: string; readonly at: string; readonly detail: string }[]
  /** Envelopes sent or to be sent that it has not acknowledged. */
  readonly waiting: number
  readonly readerCertificateUntil: string | null
}
export const ModuleHealth: z.ZodType<ModuleHealth> = z
  .object({
    id: z.string(),
    name: z.string(),
    guards: z.array(Named),
    keyGroup: z.string(),
    autonomySeconds: Count,
    commissionedAt: Instant.nullable(),
    fingerprint: z.string().nullable(),
    link: z.enum(['connected', 'away']),
    lastContact: Instant.nullable(),
    bundle: Effect,
    revocations: Effect,
    keys: Effect,
    clock: z.object({ quality: z.string(), offsetMs: z.number().int(), at: Instant }).nullable(),
    records: z.object({
      chainEpoch: Count,
      last: Count,
      acknowledged: Count,
      free: Count.nullable(),
      gaps: z.array(Gap),
    }),
    home: z.string().nullable(),
    simulated: z.boolean(),
    refused: z.object({ total: Count, reasons: z.record(z.string(), Count), lastAt: Instant.nullable() }),
    alarms: z.array(z.object({ code: z.string(), at: Instant, detail: z.string() })),
    waiting: Count,
    readerCertificateUntil: Instant.nullable(),
  })
  .meta({ id: 'ModuleHealth' })

/** In the order of the site file. */
export interface Modules {
  readonly modules: readonly ModuleHealth[]
}
export const Modules: z.ZodType<Modules> = z.object({ modules: z.array(ModuleHealth) }).meta({ id: 'Modules' })

export interface ModuleParams {
  readonly module: string
}
export const ModuleParams: z.ZodType<ModuleParams> = z.object({ module: Id })
