import { useEffect, useState } from 'react'
import { Icon } from '../parts/icon.tsx'
import { siteTimeParts } from '../site-time.ts'
import { clockQualityWords, words } from '../words.ts'
import styles from './shell.module.css'
import { useSite } from './site.tsx'

const tickMs = 1000

/** The clock of the site with its zone. A simulated clock looks different and says so. */
export function SiteClock() {
  const { timeZone, clock, now } = useSite()
  const [at, setAt] = useState(now)
  useEffect(() => {
    setAt(now())
    const timer = setInterval(() => setAt(now()), tickMs)
    return () => clearInterval(timer)
  }, [now])
  if (!clock) return null
  const instant = new Date(at).toISOString()
  const [date, zone] = siteTimeParts(instant, timeZone, 'day')
  const [time] = siteTimeParts(instant, timeZone, 'clock')
  const quality = clockQualityWords[clock.quality] ?? clock.quality
  return (
    <div className={styles.clock} data-simulated={clock.simulated || undefined}>
      <Icon name={clock.simulated ? 'simulated' : 'clock'} size={17} />
      <span className={styles.clockTime}>
        <span className="visually-hidden">{words.siteTime}: </span>
        <span className={styles.clockDate}>{date} </span>
        <time dateTime={instant}>{time}</time> <span className={styles.clockZone}>{zone}</span>
      </span>
      <span className={styles.clockNote}>{clock.simulated ? words.simulatedClock : quality}</span>
    </div>
  )
}
