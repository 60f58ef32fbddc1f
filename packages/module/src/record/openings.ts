/** Personal values stand in a record as commitments; their openings travel beside it and can be erased. log.md §5 */
import { type CborValue, decodeCbor, encodeCbor, type Random } from '@edgeward/base'
import { commitment, type Opening } from '@edgeward/keystore/seal'
import { ModuleError } from '../errors.ts'

const saltBytes = 16

/** The fields of a record that are commitments. Their values: ids and references as bytes, a position as JSON in UTF-8. */
export type CommittedField = 'credential' | 'person' | 'with' | 'position'
export type Personal = Readonly<Partial<Record<CommittedField, Uint8Array>>>

/**
 * Commits to the values that are there, each with a fresh salt: equal values of two records cannot be linked, and a
 * small set of values cannot be tried out.
 */
export function commitTo(
  values: Personal,
  random: Random,
): { readonly commitments: Personal; readonly openings: readonly Opening[] } {
  const openings = Object.entries(values).map(([field, value]) => ({ field, salt: random.bytes(saltBytes), value }))
  return { commitments: Object.fromEntries(openings.map(opening => [opening.field, commitment(opening)])), openings }
}

/** The bytes of openings as they are kept beside their record. */
export function encodeOpenings(openings: readonly Opening[]): Uint8Array {
  return encodeCbor(openings.map(({ field, salt, value }): CborValue => [field, salt, value]))
}

/** Throws a ModuleError `store-damaged` for other bytes. */
export function decodeOpenings(bytes: Uint8Array): readonly Opening[] {
  const rows = decodeCbor(bytes)
  if (!Array.isArray(rows)) throw damaged()
  return rows.map((row: CborValue) => {
    const [field, salt, value]: readonly (CborValue | undefined)[] = Array.isArray(row) ? row : []
    if (typeof field !== 'string' || !(salt instanceof Uint8Array) || !(value instanceof Uint8Array)) throw damaged()
    return { field, salt, value }
  })
}

const damaged = (): ModuleError => new ModuleError('store-damaged', 'the openings of a record cannot be read')
