/** The stream of records, read as a browser reads it: server-sent events with their ids. */
import { request } from 'node:http'
import { type EventRow, operations, requestOf } from '@edgeward/service/api'

export interface EventStream {
  /** What has come so far, with the id that each message bore. */
  readonly received: { readonly id: string; readonly event: EventRow }[]
  /** The client hangs up. */
  close(): void
}

/** Opens the stream behind a cursor; `lastEventId` is what a browser sends when it comes back. */
export function openEventStream(
  socketPath: string,
  { after, lastEventId }: { readonly after?: string; readonly lastEventId?: string },
): Promise<EventStream> {
  const { method, path } = requestOf(operations.eventStream, after === undefined ? {} : { after })
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return new Promise((resolve, reject) => {
    const received: { id: string; event: EventRow }[] = []
    const sent = request({ socketPath, method, path, headers, agent: false }, response => {
      let rest = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        received.push(...blocks.flatMap(messageOf))
      })
      // Hanging up ends it by an error, which is meant.
      response.on('error', () => undefined)
      resolve({ received, close: () => sent.destroy() })
    })
    sent.on('error', reject)
    sent.end()
  })
}

function messageOf(block: string): readonly { id: string; event: EventRow }[] {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find(line => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data')
  return field('event') === 'event' && data !== undefined
    ? [{ id: field('id') ?? '', event: operations.eventStream.response.parse(JSON.parse(data)) }]
    : []
}
