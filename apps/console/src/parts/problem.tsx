import { Button } from '@mantine/core'
import { explainProblem } from '../api/problem.ts'
import { words } from '../words.ts'
import { Icon } from './icon.tsx'
import styles from './problem.module.css'

/** Something did not work: what, and what can be done about it. Spoken at once. */
export function Problem({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { title, advice } = explainProblem(error)
  return (
    <div className={styles.problem} role="alert">
      <Icon name="warning" size={20} />
      <div>
        <p className={styles.title}>{title}</p>
        <p>{advice}</p>
        {onRetry ? (
          <Button className={styles.action} size="xs" variant="default" onClick={onRetry}>
            {words.retry}
          </Button>
        ) : null}
      </div>
    </div>
  )
}

/** Nothing to show, and why that is so. */
export function Empty({ children }: { readonly children: React.ReactNode }) {
  return <div className={styles.empty}>{children}</div>
}

/** Stands where content will come, in about its size. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
        <div key={line} />
      ))}
    </div>
  )
}
