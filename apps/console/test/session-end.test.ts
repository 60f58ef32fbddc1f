import { backgroundHeader, type SignedIn } from '@edgeward/service/api'
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { Activity, hearOf } from '../src/api/activity.ts'
import { activity, call } from '../src/api/client.ts'
import { beginSession, endOfSession, endSession, loseSession, sessionQuery, statusQuery } from '../src/api/queries.ts'
import { reasonOfEnd } from '../src/api/session-end.ts'

const session: SignedIn = {
  state: 'signed-in',
  principal: { kind: 'administrator', name: 'Nora Admin' },
  csrfToken: 'token',
  expiresAt: '2026-11-24T22:00:00Z',
  simulated: false,
}

afterEach(() => vi.unstubAllGlobals())

/** Answers everything as to nobody who is signed in; tells whether each request was one that nobody asked for. */
function strangers(): (string | null)[] {
  const asked: (string | null)[] = []
  vi.stubGlobal('fetch', async (_path: string, { headers }: RequestInit) => {
    asked.push(new Headers(headers).get(backgroundHeader))
    return new Response(JSON.stringify({ state: 'signed-out', claimed: true, simulated: false }))
  })
  return asked
}

test('T35: a page that nobody touches asks in the background; every act is told once', async () => {
  const asked = strangers()
  const page = new EventTarget()
  hearOf(activity, page)
  for (const act of [undefined, undefined, 'keydown', undefined, 'wheel', 'pointermove']) {
    if (act !== undefined) page.dispatchEvent(new Event(act))
    await call('session', {})
  }
  // Opening the page was an act.
  expect(asked).toEqual([null, '1', null, '1', null, '1'])
})

test('an act is taken once', () => {
  const fresh = new Activity()
  expect([fresh.take(), fresh.take()]).toEqual([true, false])
  fresh.note()
  fresh.note()
  expect([fresh.take(), fresh.take()]).toEqual([true, false])
})

test.each([
  ['2026-11-24T21:59:55Z', 'total'],
  ['2026-11-24T18:00:00Z', 'idle'],
  [undefined, 'idle'],
])('T35: a session that was last seen at %s and is over was %s', (lastSeen, reason) => {
  expect(reasonOfEnd(session, lastSeen)).toBe(reason)
  expect(reasonOfEnd({ state: 'signed-out', claimed: true, simulated: false }, lastSeen)).toBeUndefined()
})

test('T35: when a session ends, what was read in it goes, and the page that comes says why', async () => {
  strangers()
  const client = new QueryClient()
  beginSession(client, session)
  client.setQueryData(['people'], { people: [] })
  await Promise.all([loseSession(client), loseSession(client)])
  await client.fetchQuery({ ...sessionQuery, staleTime: 0 })
  await loseSession(client)
  expect(endOfSession(client)).toBe('idle')
  expect(client.getQueryData(['people'])).toBeUndefined()
  expect(client.getQueryData(statusQuery.queryKey)).toBeUndefined()
  // Whoever logs in again and out by himself needs no reason.
  beginSession(client, session)
  await endSession(client)
  expect(endOfSession(client)).toBeUndefined()
  client.clear()
})
