/** What the pages read from the service, and how often each of it is read again. */
import type { SessionState } from '@edgeward/service/api'
import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query'
import { call, rememberCsrfToken } from './client.ts'
import { reasonOfEnd, type SessionEnd } from './session-end.ts'

/** Health and status change by themselves; a plant that is looked at shows it within a few seconds. */
const refreshMs = 5_000

const sessionKey = ['session'] as const
const endKey = ['session-end'] as const

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ signal }): Promise<SessionState> => {
    const session = await call('session', {}, signal)
    rememberCsrfToken(session.state === 'signed-in' ? session.csrfToken : '')
    return session
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: 1,
})

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => call('status', {}, signal),
  refetchInterval: refreshMs,
})

export const modulesQuery = queryOptions({
  queryKey: ['modules'],
  queryFn: ({ signal }) => call('modules', {}, signal),
  refetchInterval: refreshMs,
})

/** Read again when another version of the site is in force; the old one stays until then. */
export const matrixQuery = (siteVersion: number | null) =>
  queryOptions({
    queryKey: ['matrix', siteVersion],
    queryFn: ({ signal }) => call('matrix', {}, signal),
    placeholderData: keepPreviousData,
  })

export const credentialsQuery = queryOptions({
  queryKey: ['credentials'],
  queryFn: ({ signal }) => call('credentials', {}, signal),
  refetchInterval: refreshMs,
})

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => call('people', {}, signal),
})

export const assetsQuery = queryOptions({
  queryKey: ['assets'],
  queryFn: ({ signal }) => call('assets', {}, signal),
})

/** A card is read again until its outcome has arrived, for that is the other half of the record. */
export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['decision', id],
    queryFn: ({ signal }) => call('decision', { id }, signal),
    refetchInterval: ({ state }) => (state.data?.event.decision === 'permit' && !state.data.outcome ? 2_000 : false),
  })

/** Takes the answer of a log-in as the session in force. */
export function beginSession(client: QueryClient, session: SessionState): void {
  rememberCsrfToken(session.state === 'signed-in' ? session.csrfToken : '')
  client.removeQueries({ queryKey: endKey })
  client.setQueryData(sessionQuery.queryKey, session)
}

/** Why the last session of this page is over; undefined when it was logged out here, or there was none. */
export function endOfSession(client: QueryClient): SessionEnd | undefined {
  return client.getQueryData<SessionEnd>(endKey)
}

/** The service no longer knows the session: keeps the reason for the page that then comes. */
export async function loseSession(client: QueryClient): Promise<void> {
  const session = client.getQueryData(sessionQuery.queryKey)
  const reason = reasonOfEnd(session, client.getQueryData(statusQuery.queryKey)?.clock.now)
  if (reason !== undefined) client.setQueryData(endKey, reason)
  await endSession(client)
}

/** Forgets everything that was read in a session that has ended, and asks who is signed in now. */
export async function endSession(client: QueryClient): Promise<void> {
  rememberCsrfToken('')
  client.removeQueries({ predicate: ({ queryKey: [name] }) => name !== sessionKey[0] && name !== endKey[0] })
  await client.invalidateQueries({ queryKey: sessionQuery.queryKey })
}
