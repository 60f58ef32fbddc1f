import type { Credentials, Status } from '@edgeward/service/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { credentialsQuery, modulesQuery, statusQuery } from '../api/queries.ts'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { Loading, Problem } from '../parts/problem.tsx'
import { useSite } from '../shell/site.tsx'
import { words } from '../words.ts'
import { AnswerCards } from './answer-cards.tsx'
import { LatestEvents } from './latest-events.tsx'
import styles from './overview.module.css'
import { PlantPicture } from './plant-picture.tsx'

/** The whole plant at a look: five answers, a picture, what happened last. */
export function OverviewPage() {
  const status = useQuery(statusQuery)
  const modules = useQuery(modulesQuery)
  const credentials = useQuery(credentialsQuery)
  const { tell } = useSite()
  const w = words.overview
  if (!status.data) {
    return (
      <Page title={w.title}>
        {status.error ? <Problem error={status.error} onRetry={() => void status.refetch()} /> : <Loading lines={10} />}
      </Page>
    )
  }
  return (
    <Page title={w.title} lead={w.lead({ time: tell(status.data.clock.now), version: status.data.siteVersion })}>
      {status.error ? <Problem error={status.error} onRetry={() => void status.refetch()} /> : null}
      <AnswerCards status={status.data} blocked={blockedHolders(credentials.data)} />
      <Panel title={w.picture} aside={<Link to="/modules">{w.toModules}</Link>}>
        {modules.data ? (
          <PlantPicture status={status.data} modules={modules.data.modules} />
        ) : modules.error ? (
          <Problem error={modules.error} onRetry={() => void modules.refetch()} />
        ) : (
          <Loading lines={6} />
        )}
      </Panel>
      <div className={styles.columns}>
        <LatestEvents />
        <NotInForce rules={status.data.rulesNotInForce} />
      </div>
    </Page>
  )
}

/** Names of those who hold a credential that is blocked, each once. */
function blockedHolders(credentials: Credentials | undefined): readonly string[] {
  const blocked = credentials?.credentials.filter(({ state }) => state !== 'active') ?? []
  return [...new Set(blocked.map(({ person }) => person.name))]
}

/** What is promised but not there yet is said, not left out. */
function NotInForce({ rules }: { readonly rules: Status['rulesNotInForce'] }) {
  if (rules.length === 0) return null
  return (
    <Panel title={words.overview.notInForce}>
      <details className={styles.notInForce}>
        <summary>{words.overview.notInForceCount(rules.length)}</summary>
        <ul>
          {rules.map(({ rule, what }) => (
            <li key={rule}>
              <code>{rule}</code>
              <span>{what}</span>
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  )
}
