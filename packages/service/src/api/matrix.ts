/** Who may do what: roles by assets. vectors/plant/README.md says what a mark means. */
import { z } from 'zod'
import { Named } from './values.ts'

/** `x`: a rule without a condition; `(x)`: only rules with one; `prohibited`: prohibitions alone. No cell: blank. */
export type Mark = 'x' | '(x)' | 'prohibited'

export interface MatrixRule {
  readonly id: string
  readonly kind: 'permission' | 'prohibition'
  /** `all` stands alone. */
  readonly functions: readonly string[]
  /** One sentence a condition; empty: none. */
  readonly conditions: readonly string[]
  /** The group through which the role is meant, when it is not named itself. */
  readonly through: Named | null
}
export const MatrixRule: z.ZodType<MatrixRule> = z
  .object({
    id: z.string(),
    kind: z.enum(['permission', 'prohibition']),
    functions: z.array(z.string()),
    conditions: z.array(z.string()),
    through: Named.nullable(),
  })
  .meta({ id: 'MatrixRule' })

export interface MatrixCell {
  readonly role: string
  readonly asset: string
  readonly mark: Mark
  /** Prohibitions stand last; with a mark `x` or `(x)` they limit it. */
  readonly rules: readonly MatrixRule[]
}
export const MatrixCell: z.ZodType<MatrixCell> = z
  .object({
    role: z.string(),
    asset: z.string(),
    mark: z.enum(['x', '(x)', 'prohibited']),
    rules: z.array(MatrixRule),
  })
  .meta({ id: 'MatrixCell' })

export interface MatrixColumn {
  readonly asset: string
  readonly name: string
  readonly kind: Named
  /** From the top down to the asset's area; empty when it lies outside. */
  readonly areas: readonly Named[]
}
export const MatrixColumn: z.ZodType<MatrixColumn> = z
  .object({ asset: z.string(), name: z.string(), kind: Named, areas: z.array(Named) })
  .meta({ id: 'MatrixColumn' })

export interface MatrixRole {
  readonly id: string
  readonly name: string
  readonly external: boolean
}
export const MatrixRole: z.ZodType<MatrixRole> = z
  .object({ id: z.string(), name: z.string(), external: z.boolean() })
  .meta({ id: 'MatrixRole' })

/** Columns are sorted by area, then kind, then the order of the file, so that neighbours belong together. */
export interface Matrix {
  readonly version: number
  readonly roles: readonly MatrixRole[]
  readonly columns: readonly MatrixColumn[]
  readonly cells: readonly MatrixCell[]
}
export const Matrix: z.ZodType<Matrix> = z
  .object({
    version: z.number().int(),
    roles: z.array(MatrixRole),
    columns: z.array(MatrixColumn),
    cells: z.array(MatrixCell),
  })
  .meta({ id: 'Matrix' })
