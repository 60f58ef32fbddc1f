import { EventRow, operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { dim, say, sayJson } from '../output.ts'
import { eventLine } from './event-line.ts'

export interface EventsOptions {
  readonly data?: string
  readonly json?: boolean
  readonly follow?: boolean
  readonly limit: string
  readonly person?: string
  readonly asset?: string
}

/** What happened, newest last; with `--follow` on and on, until Ctrl-C. */
export async function events(options: EventsOptions): Promise<void> {
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw new CliError('usage', '--limit takes a number from 1 to 500.')
  const api = operatorApi(dataFolderOf(options.data))
  const { person, asset, follow, json } = options
  const [page, { site }] = await Promise.all([
    api.call(operations.events, { limit, person, asset }),
    api.call(operations.status, {}),
  ])
  const zone = site?.timeZone ?? 'UTC'
  const oldestFirst = [...page.events].reverse()
  if (json && !follow) return sayJson({ timeZone: zone, events: oldestFirst })
  const show = (event: EventRow): void => say(json ? JSON.stringify(event) : eventLine(event, zone))
  if (!json) say(dim(`Times are of ${zone}. Explain one with \`edgeward explain <decision-id>\`.`))
  oldestFirst.forEach(show)
  if (oldestFirst.length === 0 && !json) say('Nothing of this kind has happened yet.')
  if (!follow) return

  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort())
  try {
    for await (const line of api.events(page.newest, abort.signal)) {
      if (!line.startsWith('data:')) continue
      const event = EventRow.parse(JSON.parse(line.slice(5)))
      if ((person === undefined || event.person?.id === person) && (asset === undefined || event.asset?.id === asset))
        show(event)
    }
  } catch (error) {
    if (abort.signal.aborted) return
    throw error
  }
  throw new CliError('service-away', 'The service ended the stream: it has stopped, or is starting again.')
}
