import type { LaterChange, RuleThen } from '@edgeward/service/api'
import { Icon } from '../parts/icon.tsx'
import type { TimeForm } from '../site-time.ts'
import { words } from '../words.ts'
import styles from './decision-card.module.css'

interface RuleThenViewProps {
  readonly rule: RuleThen
  readonly laterChanges: readonly LaterChange[]
  readonly tell: (instant: string, form?: TimeForm) => string
}

/** The rule as it was at the decision, who wrote it so, and what became of it. */
export function RuleThenView({ rule, laterChanges, tell }: RuleThenViewProps) {
  const w = words.card
  return (
    <>
      <p className={styles.rule}>{rule.sentence}</p>
      {rule.conditions.length === 0 ? (
        <p className={styles.dim}>{w.noConditions}</p>
      ) : (
        <ul className={styles.conditions} aria-label={w.conditions}>
          {rule.conditions.map(condition => (
            <li key={condition}>
              <Icon name="check" size={15} />
              {condition}
            </li>
          ))}
        </ul>
      )}
      <p className={styles.small}>
        <code>{rule.id}</code> · {w.writtenBy({ version: rule.version, author: rule.author, since: tell(rule.since) })}
      </p>
      {laterChanges.length === 0 ? null : (
        <ul className={styles.changes} aria-label={w.laterChanges}>
          {laterChanges.map(({ change, version, author, at }) => (
            <li key={version}>
              <Icon name="warning" size={15} />
              {w.later({ change, version, author, at: tell(at) })}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
