import type { Status } from '@edgeward/service/api'
import { Link } from '@tanstack/react-router'
import { Icon, type IconName } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { type Answer, type AnswerId, fiveAnswers } from '../shell/five-answers.ts'
import { words } from '../words.ts'
import styles from './overview.module.css'

const icons: Readonly<Record<AnswerId, IconName>> = {
  rights: 'matrix',
  blocked: 'block',
  'in-force': 'shield',
  'without-service': 'unlinked',
  hsm: 'key',
}

const maxNames = 4

/** The five questions, each with its answer in a word and in a sentence. */
export function AnswerCards({ status, blocked }: { readonly status: Status; readonly blocked: readonly string[] }) {
  return (
    <ul className={styles.cards}>
      {fiveAnswers(status).map(answer => (
        <li key={answer.id} className={styles.card} data-tone={answer.tone}>
          <p className={styles.question}>
            <Icon name={icons[answer.id]} size={17} />
            {answer.question}
          </p>
          <p className={styles.short}>
            {answer.tone === 'neutral' ? answer.short : <StateMark tone={answer.tone}>{answer.short}</StateMark>}
          </p>
          <p className={styles.long}>{answer.long}</p>
          <More answer={answer} blocked={blocked} />
        </li>
      ))}
    </ul>
  )
}

function More({ answer, blocked }: { readonly answer: Answer; readonly blocked: readonly string[] }) {
  const w = words.overview
  if (answer.id === 'rights') return <Link to="/matrix">{w.toMatrix}</Link>
  if (answer.id === 'in-force' && answer.tone === 'bad') return <Link to="/modules">{w.toModules}</Link>
  if (answer.id === 'blocked' && blocked.length > 0) {
    const names = blocked.slice(0, maxNames).join(', ')
    return (
      <p className={styles.long}>{blocked.length > maxNames ? w.andMore(names, blocked.length - maxNames) : names}</p>
    )
  }
  return null
}
