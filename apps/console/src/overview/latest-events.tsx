import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '../api/client.ts'
import { eventSentence } from '../events/event-text.ts'
import { DecisionMark } from '../parts/decision-mark.tsx'
import { Panel } from '../parts/panel.tsx'
import { Empty, Loading, Problem } from '../parts/problem.tsx'
import { useSite } from '../shell/site.tsx'
import { siteTimeParts } from '../site-time.ts'
import { words } from '../words.ts'
import styles from './overview.module.css'

const shown = 6
const refreshMs = 3_000

const latestQuery = queryOptions({
  queryKey: ['latest-decisions'],
  queryFn: ({ signal }) => call('events', { kind: 'decision', limit: shown }, signal),
  refetchInterval: refreshMs,
})

/** The last few attempts as sentences. */
export function LatestEvents() {
  const { data, error, refetch } = useQuery(latestQuery)
  const { timeZone, tell } = useSite()
  const w = words.overview
  return (
    <Panel title={w.latest} aside={<Link to="/events">{w.toEvents}</Link>}>
      {data ? (
        data.events.length === 0 ? (
          <Empty>{words.events.none}</Empty>
        ) : (
          <ul className={styles.latest}>
            {data.events.map(event => {
              const [time, zone] = siteTimeParts(event.at, timeZone, 'clock')
              return (
                <li key={event.cursor}>
                  <span className={styles.latestTime}>
                    <time dateTime={event.at}>{time}</time> {zone}
                  </span>
                  {event.decision === null ? null : <DecisionMark decision={event.decision} />}
                  {event.decisionId === null ? (
                    <span className={styles.latestText}>{eventSentence(event, tell)}</span>
                  ) : (
                    <Link
                      to="/decisions/$id"
                      params={{ id: event.decisionId }}
                      className={styles.latestText}
                      preload={false}
                    >
                      {eventSentence(event, tell)}
                    </Link>
                  )}
                </li>
              )
            })}
          </ul>
        )
      ) : error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading lines={shown} />
      )}
    </Panel>
  )
}
