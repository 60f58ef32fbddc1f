/** Commands: done at most once, and ended by themselves. */
import { type Database, integer, text } from './database.ts'

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

/** The event (JSON) that ends something at an instant: a lockdown, a suspension. */
export interface Ending {
  readonly event: string
  readonly endsAt: number
}

/** Sets when this event comes; what was said of it before no longer counts. */
export function writeEnding(db: Database, { event, endsAt }: Ending): void {
  db.run('INSERT OR REPLACE INTO endings (event, ends_at) VALUES (?, ?)', event, endsAt)
}

export function removeEnding(db: Database, event: string): void {
  db.run('DELETE FROM endings WHERE event = ?', event)
}

/** Removes every ending of a kind of event. */
export function removeEndingsOf(db: Database, type: string): void {
  for (const { event } of listEndings(db)) {
    if ((JSON.parse(event) as { type?: unknown }).type === type) removeEnding(db, event)
  }
}

/** All endings, the next one first. */
export function listEndings(db: Database): readonly Ending[] {
  return db
    .all('SELECT event, ends_at FROM endings ORDER BY ends_at')
    .map(row => ({ event: text(row, 'event'), endsAt: integer(row, 'ends_at') }))
}
