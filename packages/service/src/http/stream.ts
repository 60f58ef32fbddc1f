/** The stream of records as server-sent events: from a cursor on, as fast as the client reads. threat-model §8 */
import type { ServerResponse } from 'node:http'
import type { EventRow } from '../api/events.ts'
import type { Core } from '../core.ts'

export const mostStreams = 1_000
/** Rows read at once; what a slow client has not taken stays in the database. */
const rowsAtOnce = 200
const heartbeatMs = 15_000
/** A socket that takes nothing for so long belongs to nobody. */
const stalledMs = 60_000

export interface EventSource {
  /** Rows behind a cursor, oldest first. */
  after(cursor: string, limit: number): Promise<readonly EventRow[]>
  newest(): Promise<string>
}

/** What a stream is for and how long. */
export interface StreamOptions {
  readonly after: string | undefined
  readonly signal: AbortSignal
  /** Whether whoever follows still may: asked before anything is written (T35). */
  readonly allowed: () => Promise<boolean>
}

/** Writes events until the client goes, may not follow any more, or the server stops. */
export async function streamEvents(
  core: Core,
  source: EventSource,
  response: ServerResponse,
  { after, signal, allowed }: StreamOptions,
): Promise<void> {
  let cursor = after ?? (await source.newest())
  let awake = true
  let wake = (): void => undefined
  const unsubscribe = core.feed.subscribe(() => {
    awake = true
    wake()
  })
  const stopHeartbeat = core.timers.every(heartbeatMs, () => void response.write(': \n\n'))
  const closed = new Promise<void>(resolve => {
    response.once('close', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let open = true
  void closed.then(() => {
    open = false
    wake()
  })
  try {
    response.write('retry: 2000\n\n')
    while (open) {
      if (!awake) await new Promise<void>(resolve => (wake = resolve))
      awake = false
      for (let more = true; open && more; ) {
        const rows = await source.after(cursor, rowsAtOnce)
        // Behind the reading: what is in the rows has been there while he still might.
        if (!(await allowed())) return
        more = rows.length > 0
        cursor = rows.at(-1)?.cursor ?? cursor
        const room = !more || response.write(rows.map(message).join(''))
        if (!room) await Promise.race([closed, drained(core, response)])
      }
    }
  } finally {
    unsubscribe()
    stopHeartbeat()
    response.end()
  }
}

function message(row: EventRow): string {
  return `id: ${row.cursor}\nevent: event\ndata: ${JSON.stringify(row)}\n\n`
}

/** Ends the connection of a client that has stopped reading; it resumes by its cursor. */
function drained(core: Core, response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const give = core.timers.after(stalledMs, () => response.destroy())
    response.once('drain', () => {
      give()
      resolve()
    })
    response.once('close', give)
  })
}
