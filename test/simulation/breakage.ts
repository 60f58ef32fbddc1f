/** Modules that are broken on purpose, to show that the invariants can fail. */
import type { Database, Row, SqlValue } from '@edgeward/module'
import type { ModulePorts } from '@edgeward/module/ports'

/** What stands between a module and its world. */
export interface Breakage {
  database(db: Database): Database
  ports(ports: ModulePorts, db: Database): ModulePorts
}

/** Nothing is broken. */
export const sound: Breakage = { database: db => db, ports: ports => ports }

type Values = readonly SqlValue[]

/** A store that writes something else, or nothing, or reads something else. */
export class BrokenDatabase implements Database {
  readonly #db: Database
  readonly #write: (sql: string, values: Values) => Values | undefined
  readonly #read: (sql: string, rows: readonly Row[]) => readonly Row[]

  constructor(
    db: Database,
    {
      write = (_, values) => values,
      read = (_, rows) => rows,
    }: {
      /** Undefined: the write is forgotten. */
      readonly write?: (sql: string, values: Values) => Values | undefined
      readonly read?: (sql: string, rows: readonly Row[]) => readonly Row[]
    },
  ) {
    this.#db = db
    this.#write = write
    this.#read = read
  }

  run(sql: string, ...values: Values): void {
    const written = this.#write(sql, values)
    if (written !== undefined) this.#db.run(sql, ...written)
  }

  get(sql: string, ...values: Values): Row | undefined {
    const row = this.#db.get(sql, ...values)
    return row && this.#read(sql, [row])[0]
  }

  all(sql: string, ...values: Values): readonly Row[] {
    return this.#read(sql, this.#db.all(sql, ...values))
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work)
  }

  close(): void {
    this.#db.close()
  }
}

/** A module whose state loses some of its members on the way to the disk. */
export function forgetting(members: Readonly<Record<string, unknown>>): Breakage {
  const write = (sql: string, values: Values): Values =>
    sql.includes('decision_state')
      ? values.map(json => JSON.stringify({ ...(JSON.parse(String(json)) as object), ...members }))
      : values
  return { ...sound, database: db => new BrokenDatabase(db, { write }) }
}

/** A module that leaves out the writes that match. */
export function leavingOut(statement: RegExp): Breakage {
  return {
    ...sound,
    database: db => new BrokenDatabase(db, { write: (sql, values) => (statement.test(sql) ? undefined : values) }),
  }
}
