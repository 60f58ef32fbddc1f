/** The stream of records as server-sent events: from a cursor on, as fast as the client reads. threat-model §8 */
import type { ServerResponse } from 'node:http'
import type { EventRow } from '../api/events.ts'
import type { Core } from '../core.ts'
import { maxBufferedEvents } from './limits.ts'

const heartbeatMs = 15_000
/** A socket that takes nothing for so long belongs to nobody. */
const stalledMs = 60_000

export interface EventSource {
  /** Rows behind a cursor, oldest first. */
  after(cursor: string, limit: number): Promise<readonly EventRow[]>
  newest(): Promise<string>
}

/**
 * The same source for many streams: those that ask for the same place at once get one reading, so that a record costs
 * the database the same whether one follows or a thousand do (T87).
 */
export function sharedSource({ feed }: Pick<Core, 'feed'>, source: EventSource): EventSource {
  const reading = new Map<string, Promise<readonly EventRow[]>>()
  // Whoever asks because of a new record must not join a reading from before it.
  feed.subscribe(() => reading.clear())
  return {
    newest: () => source.newest(),
    after(cursor, limit) {
      const key = `${cursor} ${limit}`
      const joined = reading.get(key)
      if (joined !== undefined) return joined
      const rows = source.after(cursor, limit).finally(() => {
        if (reading.get(key) === rows) reading.delete(key)
      })
      reading.set(key, rows)
      return rows
    },
  }
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
  let open = true
  let close = (): void => undefined
  const closed = new Promise<void>(resolve => (close = resolve))
  void closed.then(() => {
    open = false
    wake()
  })
  response.once('close', close)
  signal.addEventListener('abort', close)
  try {
    response.write('retry: 2000\n\n')
    while (open) {
      if (!awake) await new Promise<void>(resolve => (wake = resolve))
      awake = false
      for (let more = true; open && more; ) {
        const rows = await source.after(cursor, maxBufferedEvents)
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
    // The signal outlives all streams.
    signal.removeEventListener('abort', close)
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
