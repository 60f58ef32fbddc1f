import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { decisionQuery } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { Page } from '../parts/page.tsx'
import panel from '../parts/panel.module.css'
import { Loading, Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import styles from './decision-card.module.css'
import { DecisionCardView } from './decision-card.tsx'

/** One decision as a page of its own: what somebody sends to a colleague or prints. */
export function DecisionPage() {
  const { id } = useParams({ from: '/signed-in/decisions/$id' })
  const { data, error, refetch } = useQuery(decisionQuery(id))
  return (
    <Page
      title={words.card.pageTitle(id)}
      actions={
        <Link to="/events" className={styles.back}>
          <Icon name="back" size={16} />
          {words.card.toEvents}
        </Link>
      }
    >
      {error && !data ? <Problem error={error} onRetry={() => void refetch()} /> : null}
      <div className={`${panel.panel} ${panel.padded} ${styles.page}`}>
        {data ? <DecisionCardView card={data} headingLevel={2} /> : error ? null : <Loading lines={10} />}
      </div>
    </Page>
  )
}
