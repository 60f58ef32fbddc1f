import type { EventRow } from '@edgeward/service/api'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { DecisionMark } from '../parts/decision-mark.tsx'
import { useSite } from '../shell/site.tsx'
import { durationText, isSameSiteDay, siteTimeParts } from '../site-time.ts'
import { words } from '../words.ts'
import styles from './event-table.module.css'
import { eventSentence, whatText, whereText, whoText, whyText } from './event-text.ts'
import { OutcomeMark } from './outcome-mark.tsx'

/** A record that came later than this after it was made, was kept at the module for want of a network. */
const lateAfterMs = 60_000

interface EventLineProps {
  readonly event: EventRow
  /** From 0. */
  readonly position: number
  readonly top: number
  readonly height: number
  readonly isOpen: boolean
}

/** One event. The link in it spans the row; what it opens is said as a sentence. */
export const EventLine = memo(function EventLine({ event, position, top, height, isOpen }: EventLineProps) {
  const { timeZone, tell, now } = useSite()
  const today = isSameSiteDay(event.at, new Date(now()).toISOString(), timeZone)
  const card = event.decisionId
  const [time, zone] = siteTimeParts(event.at, timeZone, 'clock')
  const what = whatText(event)
  const why = whyText(event, instant => tell(instant, 'day-and-clock'))
  return (
    <div
      role="row"
      aria-rowindex={position + 2}
      className={styles.row}
      data-decision={event.decision ?? undefined}
      data-open={isOpen || undefined}
      style={{ top, height }}
    >
      <span role="cell" className={styles.time}>
        <time dateTime={event.at} title={tell(event.at)}>
          {time}
        </time>{' '}
        <span className={styles.zone}>{zone}</span>
        {today ? <Lateness event={event} /> : <span className={styles.day}>{tell(event.at, 'date')}</span>}
      </span>
      <span role="cell" className={styles.who}>
        {card === null ? (
          whoText(event)
        ) : (
          <Link
            to="/events"
            search={previous => ({ ...previous, card })}
            className={styles.link}
            data-card={card}
            aria-label={eventSentence(event, tell)}
            aria-current={isOpen || undefined}
            preload={false}
            resetScroll={false}
          >
            {whoText(event)}
          </Link>
        )}
      </span>
      <span role="cell" className={styles.what}>
        <span className={styles.clamp}>{what}</span>
      </span>
      <span role="cell" className={styles.where}>
        <span className={styles.clamp}>{whereText(event)}</span>
      </span>
      <span role="cell" className={styles.decision}>
        {event.decision === null ? null : <DecisionMark decision={event.decision} />}
      </span>
      <span role="cell" className={styles.why} title={why}>
        <span className={styles.clamp}>{why}</span>
      </span>
      <span role="cell" className={styles.outcome}>
        <OutcomeMark event={event} />
      </span>
    </div>
  )
})

function Lateness({ event: { at, receivedAt } }: { readonly event: EventRow }) {
  const late = Date.parse(receivedAt) - Date.parse(at)
  if (!(late > lateAfterMs)) return null
  return <span className={styles.late}>{words.events.late(durationText(late))}</span>
}
