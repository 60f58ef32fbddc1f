/** Modules that are broken on purpose, to show that the invariants can fail. */
import type { Database } from '@edgeward/module'
import type { ModulePorts } from '@edgeward/module/ports'

/** What stands between a module and its world. */
export interface Breakage {
  database(db: Database): Database
  ports(ports: ModulePorts, db: Database): ModulePorts
}

/** Nothing is broken. */
export const sound: Breakage = { database: db => db, ports: ports => ports }
