/** A copy of a module's store for a backup, also while the module runs: one moment of it, and taps go on meanwhile. */
import { ModuleError } from '../errors.ts'

/** How long to wait for a write of the module to end, milliseconds. */
const patienceMs = 10_000

/** Copies the store at `path` to a file that is not there yet. Throws a ModuleError `store-damaged`. */
export async function copyStore(path: string, to: string): Promise<void> {
  const { default: Libsql } = await import('libsql')
  try {
    const connection = new Libsql(path)
    try {
      connection.exec(`PRAGMA busy_timeout=${patienceMs}`)
      connection.prepare('VACUUM INTO ?').run([to])
    } finally {
      connection.close()
    }
  } catch (cause) {
    throw new ModuleError('store-damaged', `${path} cannot be copied`, { cause })
  }
}
