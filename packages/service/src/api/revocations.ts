/** Blocking somebody, and seeing where the block is in force. domain.md J4 */
import { z } from 'zod'
import { Count, Id, Instant, Name, Named, VersionNumber } from './values.ts'

export interface RevokeRequest {
  /** `lost`, `stolen`, `left`, or in one's own words. */
  readonly reason: string
  /** One credential by its id in the site file; default: all of the person. */
  readonly credential?: string | undefined
}
export const RevokeRequest: z.ZodType<RevokeRequest> = z
  .object({ reason: Name, credential: Id.optional() })
  .meta({ id: 'RevokeRequest' })

/** Where a block stands. `effective` null: not yet acknowledged. */
export interface BlockAtModule {
  readonly module: string
  readonly name: string
  readonly effective: string | null
  readonly lastContact: string | null
  /** The latest instant at which the block is certain to be in force here, whatever the network does; null: now, nobody holds a document. */
  readonly certainBy: string | null
}
export const BlockAtModule: z.ZodType<BlockAtModule> = z
  .object({
    module: z.string(),
    name: z.string(),
    effective: Instant.nullable(),
    lastContact: Instant.nullable(),
    certainBy: Instant.nullable(),
  })
  .meta({ id: 'BlockAtModule' })

export interface Revocation {
  /** Number of the act; grows with every block. */
  readonly version: number
  /** Null when a site file blocked credentials. */
  readonly person: Named | null
  readonly reason: string
  readonly by: string
  readonly at: string
  /** Ids in the site file. */
  readonly credentials: readonly string[]
  readonly inForceEverywhere: boolean
  readonly modules: readonly BlockAtModule[]
}
export const Revocation: z.ZodType<Revocation> = z
  .object({
    version: Count,
    person: Named.nullable(),
    reason: z.string(),
    by: z.string(),
    at: Instant,
    credentials: z.array(z.string()),
    inForceEverywhere: z.boolean(),
    modules: z.array(BlockAtModule),
  })
  .meta({ id: 'Revocation' })

export interface RevocationParams {
  readonly version: number
}
export const RevocationParams: z.ZodType<RevocationParams> = z.object({ version: VersionNumber })
