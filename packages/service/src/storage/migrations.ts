/** The schema, as numbered steps that are never changed once released. */
import { evidenceTables } from './evidence-tables.ts'
import { firstTables } from './first-tables.ts'
import { restoredTables } from './restored-tables.ts'
import { secondTables } from './second-tables.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  /** Statements, run in one transaction. */
  readonly statements: readonly string[]
}

/** In order; numbers without gaps from 1. */
export const migrations: readonly Migration[] = [
  { number: 1, name: 'first-tables', statements: firstTables },
  { number: 2, name: 'second-tables', statements: secondTables },
  { number: 3, name: 'restored-modules', statements: restoredTables },
  { number: 4, name: 'evidence', statements: evidenceTables },
]
