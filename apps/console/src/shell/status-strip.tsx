import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { statusQuery } from '../api/queries.ts'
import { StateMark } from '../parts/state-mark.tsx'
import { words } from '../words.ts'
import { type Answer, fiveAnswers } from './five-answers.ts'
import styles from './shell.module.css'

/** The five answers in one line. On a phone they fold, and the line says whether any of them needs a look. */
export function StatusStrip() {
  const { data: status } = useQuery(statusQuery)
  if (!status) return <div className={styles.strip} />
  const answers = fiveAnswers(status)
  const findings = answers.filter(({ tone }) => tone === 'bad' || tone === 'warn')
  return (
    <>
      <section className={styles.strip} aria-label={words.status}>
        <Answers answers={answers} />
      </section>
      <details className={styles.foldedStrip}>
        <summary>
          <StateMark
            tone={findings.some(({ tone }) => tone === 'bad') ? 'bad' : findings.length > 0 ? 'warn' : 'good'}
            plain
          >
            {findings.length === 0 ? words.statusGood : words.statusFindings(findings.length)}
          </StateMark>
        </summary>
        <Answers answers={answers} />
      </details>
    </>
  )
}

function Answers({ answers }: { readonly answers: readonly Answer[] }) {
  return (
    <ul className={styles.answers}>
      {answers.map(answer => (
        <li key={answer.id}>
          <span className={styles.question}>{answer.question}</span>
          <AnswerText answer={answer} />
        </li>
      ))}
    </ul>
  )
}

/** What can be looked at is a link to where it stands at length. */
function AnswerText({ answer: { id, tone, short } }: { readonly answer: Answer }) {
  const text =
    tone === 'neutral' ? (
      <span className={styles.answer}>{short}</span>
    ) : (
      <StateMark tone={tone} plain>
        {short}
      </StateMark>
    )
  if (id === 'rights') return <Link to="/matrix">{text}</Link>
  if (id === 'in-force') return <Link to="/modules">{text}</Link>
  return text
}
