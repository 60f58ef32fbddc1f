/** Commands: done at most once, and ended by themselves. */
import { bytes, type Database, integer, text } from './database.ts'

/** The result of a command that was done already; undefined: it is new. */
export function commandResult(db: Database, id: Uint8Array): number | undefined {
  const row = db.get('SELECT result FROM commands_done WHERE id = ?', id)
  return row && integer(row, 'result')
}

/** Remembers a command until it could not come again anyway. */
export function rememberCommand(db: Database, id: Uint8Array, notAfter: number, result: number): void {
  db.run('INSERT INTO commands_done (id, not_after, result) VALUES (?, ?, ?)', id, notAfter, result)
}

/** Forgets commands that ended before an instant below which the clock cannot go again. */
export function forgetCommands(db: Database, endedBefore: number): void {
  db.run('DELETE FROM commands_done WHERE not_after < ?', endedBefore)
}

/** Something that ends at an instant: the event (JSON) that ends it. */
export interface Ending {
  readonly id: Uint8Array
  readonly endsAt: number
  readonly event: string
}

export function writeEnding(db: Database, { id, endsAt, event }: Ending): void {
  db.run('INSERT OR REPLACE INTO endings (id, ends_at, event) VALUES (?, ?, ?)', id, endsAt, event)
}

export function removeEnding(db: Database, id: Uint8Array): void {
  db.run('DELETE FROM endings WHERE id = ?', id)
}

/** All endings, the next one first. */
export function listEndings(db: Database): readonly Ending[] {
  return db
    .all('SELECT id, ends_at, event FROM endings ORDER BY ends_at')
    .map(row => ({ id: bytes(row, 'id'), endsAt: integer(row, 'ends_at'), event: text(row, 'event') }))
}
