import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { modulesQuery } from '../api/queries.ts'
import { Page } from '../parts/page.tsx'
import { Empty, Loading, Problem } from '../parts/problem.tsx'
import { useSite } from '../shell/site.tsx'
import { words } from '../words.ts'
import { worstFirst } from './findings.ts'
import { ModuleCard } from './module-card.tsx'
import styles from './modules.module.css'

/** The health of every module, the worst first. */
export function ModulesPage() {
  const { module: chosen } = useSearch({ from: '/signed-in/modules' })
  const { now, tell } = useSite()
  const { data, error, refetch } = useQuery(modulesQuery)
  const w = words.modules
  if (!data) {
    return (
      <Page title={w.title}>
        {error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading lines={12} />}
      </Page>
    )
  }
  const examined = worstFirst(data.modules, { now: now(), tell: instant => tell(instant, 'day-and-clock') })
  const count = {
    total: examined.length,
    connected: data.modules.filter(({ link }) => link === 'connected').length,
    findings: examined.filter(({ findings }) => findings.length > 0).length,
  }
  return (
    <Page title={w.title} lead={w.lead(count)}>
      {error ? <Problem error={error} onRetry={() => void refetch()} /> : null}
      {examined.length === 0 ? <Empty>{w.none}</Empty> : null}
      <ul className={styles.list}>
        {examined.map(one => (
          <li key={one.module.id}>
            <ModuleCard examined={one} chosen={one.module.id === chosen} />
          </li>
        ))}
      </ul>
    </Page>
  )
}
