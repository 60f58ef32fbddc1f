import type { DecisionCard } from '@edgeward/service/api'
import { createContext, use, useId } from 'react'
import { decisionSentence, outcomeText, reasonTexts } from '../events/event-text.ts'
import { DecisionMark } from '../parts/decision-mark.tsx'
import { Facts } from '../parts/facts.tsx'
import { Icon } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { siteTime, type TimeForm, withSiteTimes } from '../site-time.ts'
import { obligationWords, words } from '../words.ts'
import { chainFacts, presentedFacts, versionFacts } from './card-facts.tsx'
import styles from './decision-card.module.css'
import { RuleThenView } from './rule-then.tsx'

interface DecisionCardViewProps {
  readonly card: DecisionCard
  /** Of the sentence: 1 where the card covers the page. */
  readonly headingLevel: 1 | 2
}

/** All that is known of one decision, the sentence first. J5 step 2 */
export function DecisionCardView({ card, headingLevel }: DecisionCardViewProps) {
  const { event, timeZone } = card
  const tell = (instant: string, form?: TimeForm): string => siteTime(instant, timeZone, form)
  const w = words.card
  const Heading = `h${headingLevel}` as const
  return (
    <SectionLevel value={headingLevel === 1 ? 2 : 3}>
      <article className={styles.card}>
        <header className={styles.head}>
          <div className={styles.marks}>
            {event.decision === null ? null : <DecisionMark decision={event.decision} />}
            {event.simulated ? <StateMark tone="special">{words.simulated}</StateMark> : null}
          </div>
          <Heading>{decisionSentence(event)}</Heading>
          <p className={styles.when}>
            <time dateTime={event.at}>{tell(event.at)}</time>
          </p>
        </header>

        <Section title={event.decision === 'permit' ? w.whyPermitted : w.whyDenied}>
          <ol className={styles.reasons}>
            {reasonTexts(event, tell).map(({ code, sentence, remedy }, index) => (
              <li key={`${code} ${sentence}`} data-first={index === 0 || undefined}>
                <p className={styles.reason}>{sentence}</p>
                {remedy === undefined || event.decision === 'permit' ? null : <p className={styles.remedy}>{remedy}</p>}
                <p className={styles.code}>
                  <code>{code}</code>
                  {index === 0 && event.reasons.length > 1 ? <span>{w.nearestMiss}</span> : null}
                </p>
              </li>
            ))}
          </ol>
        </Section>

        {card.rule ? (
          <Section title={w.rule}>
            <RuleThenView rule={card.rule} laterChanges={card.laterChanges} tell={tell} />
          </Section>
        ) : null}

        <Section title={w.outcome}>
          {card.outcome ? (
            <p className={styles.outcome}>
              <strong>{outcomeText(card.outcome.outcome)}</strong>{' '}
              <time dateTime={card.outcome.at}>{tell(card.outcome.at, 'clock')}</time>
            </p>
          ) : (
            <p className={styles.dim}>{event.decision === 'permit' ? w.outcomeOpen : w.noOutcome}</p>
          )}
          {event.obligations.length === 0 ? null : (
            <ul className={styles.obligations} aria-label={w.obligations}>
              {event.obligations.map(obligation => (
                <li key={obligation}>
                  <Icon name="check" size={15} />
                  {obligationText(obligation, tell)}
                </li>
              ))}
            </ul>
          )}
        </Section>

        <Section title={w.presented}>
          <Facts facts={presentedFacts(card)} />
        </Section>

        {card.trace.length === 0 ? null : (
          <Section title={w.trace}>
            <Facts
              facts={card.trace.map(({ what, value }) => [what, <code key={what}>{withSiteTimes(value, tell)}</code>])}
            />
          </Section>
        )}

        <Section title={w.versions}>
          <Facts facts={versionFacts(card)} />
        </Section>

        <Section title={w.evidence}>
          <Facts facts={chainFacts(card, tell)} />
        </Section>
      </article>
    </SectionLevel>
  )
}

/** The level of the sections' headings. */
const SectionLevel = createContext<2 | 3>(3)

function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  const id = useId()
  const Heading = `h${use(SectionLevel)}` as const
  return (
    <section className={styles.section} aria-labelledby={id}>
      <Heading id={id}>{title}</Heading>
      {children}
    </section>
  )
}

/** `unlock(5s)` as "Unlock for 5 s"; an instant in it becomes site time. */
function obligationText(obligation: string, tell: (instant: string, form?: TimeForm) => string): string {
  const [, code = obligation, value = ''] = /^([a-z-]+)(?:\((.*)\))?$/s.exec(obligation) ?? []
  const told = /^\d{4}-\d\d-\d\dT/.test(value) ? tell(value, 'day-and-clock') : value
  return obligationWords[code]?.(told) ?? obligation
}
