/** Personal values stand in a record as commitments; their openings travel beside it and can be erased. log.md §5 */
import { createHash } from 'node:crypto'
import { type CborValue, concat, encodeCbor, type Random, utf8 } from '@edgeward/base'

const saltBytes = 16

/** The fields of a record that are commitments. */
export type CommittedField = 'credential' | 'person' | 'with' | 'position'

export interface Opening {
  readonly field: CommittedField
  readonly salt: Uint8Array
  readonly value: Uint8Array
}

/** SHA-256("edgeward/commit/1" || 00 || len(field) || field || salt || value). */
export function commitmentOf({ field, salt, value }: Opening): Uint8Array {
  const name = utf8(field)
  const input = concat(utf8('edgeward/commit/1'), Uint8Array.of(0, name.length), name, salt, value)
  return Uint8Array.from(createHash('sha256').update(input).digest())
}

/**
 * Commits to the values that are there, each with a fresh salt: equal values of two records cannot be linked, and a
 * small set of values cannot be tried out.
 */
export function commit(
  values: Readonly<Partial<Record<CommittedField, Uint8Array>>>,
  random: Random,
): { readonly commitments: Readonly<Partial<Record<CommittedField, Uint8Array>>>; readonly openings: readonly Opening[] } {
  const openings = Object.entries(values).map(([field, value]) => ({
    field: field as CommittedField,
    salt: random.bytes(saltBytes),
    value,
  }))
  return { commitments: Object.fromEntries(openings.map(opening => [opening.field, commitmentOf(opening)])), openings }
}

/** The bytes of openings as they are kept beside their record: [[field, salt, value] …]. */
export function encodeOpenings(openings: readonly Opening[]): Uint8Array {
  return encodeCbor(openings.map(({ field, salt, value }): CborValue => [field, salt, value]))
}
