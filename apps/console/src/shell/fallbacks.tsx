import { Link } from '@tanstack/react-router'
import { Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <main>
      <Page title={words.notFound} lead={words.notFoundLead}>
        <p>
          <Link to="/">{words.toOverview}</Link>
        </p>
      </Page>
    </main>
  )
}

/** A page that threw. The rest of the console goes on. */
export function Broken({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  return (
    <main>
      <Page title={words.broken}>
        <Problem error={error} {...(reset ? { onRetry: reset } : {})} />
      </Page>
    </main>
  )
}
