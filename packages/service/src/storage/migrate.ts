/** Brings the schema to the version of this program, as the owner of the tables. */
import pg from 'pg'
import { withClient } from '../database/client.ts'
import type { Connection } from '../database/connection.ts'
import { appRole, type RunningDatabase } from '../database/database.ts'
import { ServiceError } from '../service-error.ts'
import { type Migration, migrations } from './migrations.ts'

/** One migrator at a time, whoever it is. Any number will do; this one spells `edge`. */
const lockNumber = 0x65646765

export interface MigrateOptions {
  readonly database: Pick<RunningDatabase, 'owner' | 'app' | 'kind'>
  /** Milliseconds since 1970, for the table of applied steps. */
  readonly now: number
  /** Default: the steps of this program. */
  readonly steps?: readonly Migration[]
}

/**
 * Applies what is missing, each step in one transaction; returns the numbers that were applied now. Throws a
 * ServiceError `database-version` when the database is newer than this program.
 */
export function migrate({ database, now, steps = migrations }: MigrateOptions): Promise<readonly number[]> {
  return withClient(database.owner, async client => {
    await client.query('select pg_advisory_lock($1)', [lockNumber])
    await client.query(
      'create table if not exists migration (number integer primary key, name text not null, at bigint not null)',
    )
    const rows = (await client.query<{ number: number }>('select number from migration')).rows
    const done = rows.map(({ number }) => number)
    const newest = Math.max(0, ...done)
    if (newest > steps.length) {
      throw new ServiceError(
        'database-version',
        `the database has migration ${newest}, this program knows ${steps.length}: run the newer program again`,
      )
    }
    const missing = steps.filter(({ number }) => !done.includes(number))
    for (const step of missing) await apply(client, step, now)
    if (!sameConnection(database.owner, database.app)) await grant(client, await userOf(database.app))
    return missing.map(({ number }) => number)
  })
}

async function apply(client: pg.Client, { number, name, statements }: Migration, now: number): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of statements) await client.query(statement)
    await client.query('insert into migration (number, name, at) values ($1, $2, $3)', [number, name, now])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** The service's role reads and writes rows; records, leaves and applied versions it can only add. */
async function grant(client: pg.Client, role: string): Promise<void> {
  const quoted = pg.escapeIdentifier(role)
  await client.query(`grant usage on schema public to ${quoted}`)
  await client.query(`grant select, insert, update, delete on all tables in schema public to ${quoted}`)
  await client.query(`grant usage on all sequences in schema public to ${quoted}`)
  await client.query(`revoke update, delete on leaf, record, site_version, revocation, revocation_entry from ${quoted}`)
  await client.query(`revoke insert, update, delete on migration from ${quoted}`)
}

async function userOf(connection: Connection): Promise<string> {
  if ('user' in connection) return connection.user
  const { rows } = await withClient(connection, client => client.query<{ user: string }>('select current_user as user'))
  return rows[0]?.user ?? appRole
}

function sameConnection(a: Connection, b: Connection): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
