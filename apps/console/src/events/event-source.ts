/** The service's stream of events: resumes at the last cursor, hands events over in batches, one a frame at most. */
import { EventRow, operations, requestOf } from '@edgeward/service/api'

export type StreamState = 'connecting' | 'live' | 'interrupted'

export interface StreamListener {
  /** Oldest first. */
  readonly onBatch: (batch: readonly EventRow[]) => void
  readonly onState: (state: StreamState) => void
  /** An event had an unknown form: the service is newer or older than this page. */
  readonly onUnreadable: () => void
  /** More arrived while the page lay in the background than is kept: the list must be read anew. */
  readonly onOverflow: () => void
}

/** A page in the background gets no frames: more than this is not kept. */
const maxPending = 2_000
const reopenMs = 2_000

/** Opens the stream behind a cursor. Returns what ends it. */
export function openEvents(after: string, listener: StreamListener): () => void {
  let cursor = after
  let pending: EventRow[] = []
  let overflowed = false
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let source = open()

  function open(): EventSource {
    const opened = new EventSource(requestOf(operations.eventStream, { after: cursor }).path)
    opened.addEventListener('open', () => listener.onState('live'))
    opened.addEventListener('event', receive)
    opened.addEventListener('error', () => {
      listener.onState('interrupted')
      // The browser tries again by itself, except after a refusal: then a new stream goes on where the old one ended.
      if (opened.readyState !== EventSource.CLOSED) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        source = open()
      }, reopenMs)
    })
    return opened
  }

  function receive({ data, lastEventId }: MessageEvent<string>): void {
    const event = EventRow.safeParse(parsed(data))
    if (lastEventId !== '') cursor = lastEventId
    if (!event.success) {
      listener.onUnreadable()
      return
    }
    if (pending.length < maxPending) pending.push(event.data)
    else overflowed = true
    if (frame === 0) frame = requestAnimationFrame(flush)
  }

  function flush(): void {
    frame = 0
    const batch = pending
    pending = []
    if (overflowed) {
      overflowed = false
      listener.onOverflow()
    } else {
      listener.onBatch(batch)
    }
  }

  return () => {
    source.close()
    clearTimeout(timer)
    cancelAnimationFrame(frame)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
