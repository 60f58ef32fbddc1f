import type { Effect, ModuleHealth } from '@edgeward/service/api'
import { Link } from '@tanstack/react-router'
import { useEffect, useId, useRef } from 'react'
import { Facts } from '../parts/facts.tsx'
import { Icon } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import type { Tone } from '../parts/tone.ts'
import { useSite } from '../shell/site.tsx'
import { durationText } from '../site-time.ts'
import { clockQualityWords, words } from '../words.ts'
import type { Examined } from './findings.ts'
import styles from './modules.module.css'

interface ModuleCardProps {
  readonly examined: Examined
  /** It was asked for by the address: comes into view and takes the focus. */
  readonly chosen: boolean
}

/** One module: what it guards, how it stands, what is wrong and what to do. */
export function ModuleCard({ examined: { module, findings, tone }, chosen }: ModuleCardProps) {
  const titleId = useId()
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!chosen) return
    card.current?.scrollIntoView({ block: 'start' })
    card.current?.focus({ preventScroll: true })
  }, [chosen])
  const w = words.modules
  return (
    <article
      ref={card}
      className={styles.card}
      data-tone={tone}
      data-chosen={chosen || undefined}
      tabIndex={-1}
      aria-labelledby={titleId}
    >
      <div className={styles.head}>
        <StateMark tone={tone}>{w.states[tone]}</StateMark>
        <h2 id={titleId}>{module.name}</h2>
        {module.name === module.id ? null : <code className={styles.id}>{module.id}</code>}
        <span className={styles.kinds}>
          {module.simulated ? <StateMark tone="special">{words.simulated}</StateMark> : null}
          <Home home={module.home} />
        </span>
      </div>
      <p className={styles.guards}>{w.guards(module.guards.map(({ name }) => name))}</p>

      {findings.length === 0 ? null : (
        <ul className={styles.findings} aria-label={w.findings}>
          {findings.map(({ tone, what, advice }) => (
            <li key={what} data-tone={tone}>
              <Icon name={tone === 'bad' ? 'cross' : 'warning'} size={17} />
              <p>
                <strong>{what}</strong> {advice}
              </p>
            </li>
          ))}
        </ul>
      )}

      <Measures module={module} />
      <Particulars module={module} />
    </article>
  )
}

/** Where its keys live. Software is named as what it is not. */
function Home({ home }: { readonly home: string | null }) {
  if (home === null) return null
  const isSoftware = home === 'software'
  return (
    <StateMark tone={isSoftware ? 'warn' : 'good'} icon="key">
      {isSoftware ? words.modules.softwareKeys : home}
    </StateMark>
  )
}

function Measures({ module }: { readonly module: ModuleHealth }) {
  const { tell } = useSite()
  const w = words.modules
  const { records } = module
  const toSend = records.last - records.acknowledged
  return (
    <dl className={styles.measures}>
      <Measure name={w.link}>
        <StateMark
          tone={module.link === 'connected' ? 'good' : 'bad'}
          icon={module.link === 'connected' ? 'linked' : 'unlinked'}
          plain
        >
          {w.links[module.link]}
        </StateMark>
        <span className={styles.note}>
          {module.lastContact === null ? w.never : tell(module.lastContact, 'day-and-clock')}
        </span>
      </Measure>
      <Measure name={w.bundle}>
        <Version effect={module.bundle} />
      </Measure>
      <Measure name={w.revocations}>
        <Version effect={module.revocations} />
      </Measure>
      <Measure name={w.keys}>
        <Version effect={module.keys} />
      </Measure>
      <Measure name={w.clock}>
        <Clock clock={module.clock} />
      </Measure>
      <Measure name={w.records}>
        <span className={styles.value}>{records.last}</span>
        <span className={styles.note}>{toSend <= 0 ? w.allArrived : w.toArrive(toSend)}</span>
      </Measure>
      <Measure name={w.waiting}>
        <span className={styles.value}>{module.waiting}</span>
        <span className={styles.note}>
          {module.refused.total === 0 ? w.noneRefused : w.refused(module.refused.total)}
        </span>
      </Measure>
    </dl>
  )
}

function Measure({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className={styles.measure}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** The version that is in force, and the one that should be when they differ. */
function Version({ effect: { desired, effective, effectiveAt } }: { readonly effect: Effect }) {
  const { tell } = useSite()
  const w = words.modules
  const tone: Tone = effective < desired ? 'warn' : 'good'
  return (
    <>
      <StateMark tone={tone} plain>
        {effective < desired ? w.versionLags(effective, desired) : String(effective)}
      </StateMark>
      <span className={styles.note}>{effectiveAt === null ? w.notYet : tell(effectiveAt, 'day-and-clock')}</span>
    </>
  )
}

function Clock({ clock }: { readonly clock: ModuleHealth['clock'] }) {
  const w = words.modules
  if (clock === null) return <span className={styles.note}>{w.notYet}</span>
  const tone: Tone = clock.quality === 'synchronised' ? 'good' : clock.quality === 'untrusted' ? 'bad' : 'warn'
  return (
    <>
      <StateMark tone={tone} plain>
        {clockQualityWords[clock.quality] ?? clock.quality}
      </StateMark>
      <span className={styles.note}>{w.offset(clock.offsetMs)}</span>
    </>
  )
}

function Particulars({ module }: { readonly module: ModuleHealth }) {
  const { tell } = useSite()
  const w = words.modules
  return (
    <details className={styles.particulars}>
      <summary>{w.particulars}</summary>
      <Facts
        facts={[
          [w.commissioned, module.commissionedAt === null ? w.never : tell(module.commissionedAt)],
          [w.fingerprint, module.fingerprint ?? w.notYet],
          [w.keyGroup, <code key="group">{module.keyGroup}</code>],
          [w.autonomy, durationText(module.autonomySeconds * 1000)],
          [w.certificate, module.readerCertificateUntil === null ? w.notYet : tell(module.readerCertificateUntil)],
          [w.room, module.records.free === null ? w.notYet : w.roomFor(module.records.free)],
          [
            w.refusedReasons,
            Object.entries(module.refused.reasons)
              .map(([reason, count]) => `${reason}: ${count}`)
              .join(', ') || w.noneRefused,
          ],
        ]}
      />
      <p className={styles.toEvents}>
        <Link to="/events" search={{ module: module.id }}>
          {w.itsEvents}
        </Link>
      </p>
    </details>
  )
}
