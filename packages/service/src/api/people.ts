/** People, robots, what they carry, and what they may do. */
import { z } from 'zod'
import { Count, Id, Instant, maxNameCharacters, Named } from './values.ts'

export const credentialStates = ['active', 'suspended', 'revoked'] as const
export type CredentialState = (typeof credentialStates)[number]

export interface CredentialInfo {
  /** As in the site file: `c-2001`. */
  readonly id: string
  /** The pseudonym of 8 bytes, hex. */
  readonly credential: string
  readonly person: Named
  readonly type: 'card' | 'phone' | 'watch' | 'tag'
  /** Until cards come every credential is held by a phone wallet. */
  readonly heldBy: string
  readonly state: CredentialState
  /** Why it is blocked, and who blocked it; null when it is not. */
  readonly blocked: { readonly reason: string; readonly by: string; readonly at: string } | null
  readonly validity: { readonly from: string | null; readonly to: string | null }
  /** Since when a wallet holds its key; null: not enrolled. */
  readonly enrolledAt: string | null
  readonly hasPin: boolean
}
export const CredentialInfo: z.ZodType<CredentialInfo> = z
  .object({
    id: z.string(),
    credential: z.string(),
    person: Named,
    type: z.enum(['card', 'phone', 'watch', 'tag']),
    heldBy: z.string(),
    state: z.enum(credentialStates),
    blocked: z.object({ reason: z.string(), by: z.string(), at: Instant }).nullable(),
    validity: z.object({ from: Instant.nullable(), to: Instant.nullable() }),
    enrolledAt: Instant.nullable(),
    hasPin: z.boolean(),
  })
  .meta({ id: 'CredentialInfo' })

export interface Credentials {
  readonly credentials: readonly CredentialInfo[]
}
export const Credentials: z.ZodType<Credentials> = z
  .object({ credentials: z.array(CredentialInfo) })
  .meta({ id: 'Credentials' })

export interface PersonRow {
  readonly id: string
  readonly name: string
  readonly kind: 'person' | 'robot'
  readonly external: boolean
  readonly organisation: Named | null
  readonly roles: readonly Named[]
  /** How many credentials, and how many of them are blocked (suspended or revoked). */
  readonly credentials: number
  readonly blocked: number
  readonly enrolled: number
}
const personRow = {
  id: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'robot']),
  external: z.boolean(),
  organisation: Named.nullable(),
  roles: z.array(Named),
  credentials: Count,
  blocked: Count,
  enrolled: Count,
}
export const PersonRow: z.ZodType<PersonRow> = z.object(personRow).meta({ id: 'PersonRow' })

export interface PeopleQuery {
  /** Part of a name or id, or the id of a credential. */
  readonly query?: string | undefined
}
export const PeopleQuery: z.ZodType<PeopleQuery> = z.object({ query: z.string().max(maxNameCharacters).optional() })

/** In the order of the site file. */
export interface People {
  readonly people: readonly PersonRow[]
}
export const People: z.ZodType<People> = z.object({ people: z.array(PersonRow) }).meta({ id: 'People' })

export interface PersonParams {
  readonly person: string
}
export const PersonParams: z.ZodType<PersonParams> = z.object({ person: Id })

/** A rule that names a person, by role, group, organisation or directly. */
export interface RuleFor {
  readonly id: string
  readonly kind: 'permission' | 'prohibition'
  readonly assets: readonly Named[]
  /** `all` stands alone. */
  readonly functions: readonly string[]
  /** Empty: without a condition. */
  readonly conditions: readonly string[]
}
export const RuleFor: z.ZodType<RuleFor> = z
  .object({
    id: z.string(),
    kind: z.enum(['permission', 'prohibition']),
    assets: z.array(Named),
    functions: z.array(z.string()),
    conditions: z.array(z.string()),
  })
  .meta({ id: 'RuleFor' })

export interface PersonDetail {
  readonly person: PersonRow
  readonly groups: readonly Named[]
  readonly qualifications: readonly { readonly id: string; readonly from: string | null; readonly to: string | null }[]
  readonly validity: { readonly from: string | null; readonly to: string | null }
  readonly host: Named | null
  readonly credentials: readonly CredentialInfo[]
  readonly rules: readonly RuleFor[]
}
export const PersonDetail: z.ZodType<PersonDetail> = z
  .object({
    person: PersonRow,
    groups: z.array(Named),
    qualifications: z.array(z.object({ id: z.string(), from: Instant.nullable(), to: Instant.nullable() })),
    validity: z.object({ from: Instant.nullable(), to: Instant.nullable() }),
    host: Named.nullable(),
    credentials: z.array(CredentialInfo),
    rules: z.array(RuleFor),
  })
  .meta({ id: 'PersonDetail' })

export interface AssetRow {
  readonly id: string
  readonly name: string
  readonly kind: Named
  readonly area: Named
  readonly functions: readonly string[]
  readonly criticality: number
  readonly failSafe: boolean
  /** The module that guards it; null: nobody. */
  readonly module: string | null
}
export const AssetRow: z.ZodType<AssetRow> = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: Named,
    area: Named,
    functions: z.array(z.string()),
    criticality: Count,
    failSafe: z.boolean(),
    module: z.string().nullable(),
  })
  .meta({ id: 'AssetRow' })

export interface Assets {
  readonly assets: readonly AssetRow[]
}
export const Assets: z.ZodType<Assets> = z.object({ assets: z.array(AssetRow) }).meta({ id: 'Assets' })
