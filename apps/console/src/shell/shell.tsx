import { useQuery } from '@tanstack/react-query'
import { Outlet, useMatchRoute } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries.ts'
import { Loading, Problem } from '../parts/problem.tsx'
import { SignedOutPage } from '../sign-in/signed-out-page.tsx'
import { words } from '../words.ts'
import { Announcements } from './announcements.tsx'
import { Navigation } from './navigation.tsx'
import styles from './shell.module.css'
import { SiteProvider } from './site.tsx'
import { StatusStrip } from './status-strip.tsx'
import { TopBar } from './top-bar.tsx'

/** The frame of every page that needs a session. */
export function Shell() {
  const { data: session, error, refetch } = useQuery(sessionQuery)
  if (error && !session) {
    return (
      <main className={styles.alone}>
        <Problem error={error} onRetry={() => void refetch()} />
      </main>
    )
  }
  if (!session) {
    return (
      <main className={styles.alone}>
        <Loading />
      </main>
    )
  }
  if (session.state === 'signed-out') return <SignedOutPage session={session} />
  return (
    <SiteProvider>
      <Announcements>
        <Frame />
      </Announcements>
    </SiteProvider>
  )
}

function Frame() {
  const onOverview = useMatchRoute()({ to: '/' }) !== false
  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {words.skip}
      </a>
      <TopBar />
      <Navigation />
      <div className={styles.body}>
        {/* The overview says the same at length. */}
        {onOverview ? null : <StatusStrip />}
        <main id="content" className={styles.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  )
}
