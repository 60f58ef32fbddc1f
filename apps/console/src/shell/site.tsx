import type { Status } from '@edgeward/service/api'
import { useQuery } from '@tanstack/react-query'
import { createContext, use, useMemo, useRef } from 'react'
import { statusQuery } from '../api/queries.ts'
import { siteTime, type TimeForm } from '../site-time.ts'
import { words } from '../words.ts'

/** The site that the console shows, and its time. */
export interface Site {
  readonly name: string
  readonly timeZone: string
  readonly simulated: boolean
  readonly clock: Status['clock'] | undefined
  /** Milliseconds since 1970 by the site's clock, which may be simulated. */
  readonly now: () => number
  /** An instant in site time with its zone. */
  readonly tell: (instant: string, form?: TimeForm) => string
}

const SiteContext = createContext<Site | undefined>(undefined)

/** The site around this component. */
export function useSite(): Site {
  const site = use(SiteContext)
  if (!site) throw new Error('useSite outside of SiteProvider')
  return site
}

/** Hands the site to everything inside. Until the status is read the zone is UTC, and says so. */
export function SiteProvider({ children }: { readonly children: React.ReactNode }) {
  const { data: status, dataUpdatedAt } = useQuery(statusQuery)
  const offset = useClockOffset(status?.clock.now, dataUpdatedAt)
  const name = status?.site?.name ?? words.noSite
  const timeZone = status?.site?.timeZone ?? 'UTC'
  const clock = status?.clock
  const simulated = status?.simulated ?? false
  const site = useMemo<Site>(
    () => ({
      name,
      timeZone,
      simulated,
      clock,
      now: () => Date.now() + offset.current,
      tell: (instant, form) => siteTime(instant, timeZone, form),
    }),
    [name, timeZone, simulated, clock, offset],
  )
  return <SiteContext value={site}>{children}</SiteContext>
}

/** What lies between the site's clock and the browser's; kept up to date with every status that is read. */
function useClockOffset(now: string | undefined, readAt: number): { readonly current: number } {
  const offset = useRef(0)
  if (now !== undefined) offset.current = Date.parse(now) - readAt
  return offset
}
