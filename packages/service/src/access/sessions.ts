/** Sessions of administrators: in the database, by the hash of what the cookie holds. threat-model §8, R11 */
import { bytesEqual, fromBase64url, toBase64url } from '@edgeward/base'
import { secretHash } from '../codes.ts'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'

export const sessionIdleMs: number = 15 * 60_000
export const sessionTotalMs: number = 12 * 3_600_000
/** A clock that is set back by more ends the sessions that would live longer by it. */
const clockStepMs = 60_000
/** Parallel ones of one administrator; a new one ends the oldest. */
export const mostSessions = 5
const secretBytes = 32

export interface Session {
  readonly idHash: Uint8Array
  readonly administrator: { readonly reference: Uint8Array; readonly name: string }
  readonly csrfHash: Uint8Array
  readonly createdAt: number
  /** When it ends, whatever happens. */
  readonly endsAt: number
}

/** What a browser gets: the cookie's value, and the token for changes. */
export interface SessionSecrets {
  readonly cookie: string
  readonly csrfToken: string
}

/** Starts a session. */
export async function startSession(
  core: Core,
  queries: Queries,
  administrator: Session['administrator'],
): Promise<SessionSecrets & { readonly session: Session }> {
  const id = core.random.bytes(secretBytes)
  const now = core.clock.now()
  const csrfToken = csrfTokenOf(id)
  const session: Session = {
    idHash: secretHash('session', id),
    administrator,
    csrfHash: secretHash('csrf', fromBase64url(csrfToken)),
    createdAt: now,
    endsAt: now + sessionTotalMs,
  }
  await endOldest(core, queries, administrator.reference)
  await queries
    .insertInto('session')
    .values({
      ...core.storage.scope,
      id_hash: session.idHash,
      administrator: administrator.reference,
      csrf_hash: session.csrfHash,
      created_at: now,
      used_at: now,
    })
    .execute()
  return { cookie: toBase64url(id), csrfToken, session }
}

/** The session of a cookie, if it lives; `isUse` marks it as used, else it goes on getting idle. */
export async function findSession(
  core: Core,
  cookie: string,
  { isUse }: { readonly isUse: boolean },
): Promise<(Session & { readonly csrfToken: string }) | undefined> {
  const id = secretOf(cookie)
  if (id === undefined) return undefined
  const { queries, scope } = core.storage
  const now = core.clock.now()
  const idHash = secretHash('session', id)
  const row = await queries
    .updateTable('session')
    .set(({ ref }) => ({ used_at: isUse ? now : ref('used_at') }))
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('id_hash', '=', idHash)
    .where('used_at', '>', now - sessionIdleMs)
    .where('created_at', '>', now - sessionTotalMs)
    .where('created_at', '<=', now + clockStepMs)
    .returning(['administrator', 'csrf_hash', 'created_at'])
    .executeTakeFirst()
  if (row === undefined) return undefined
  const administrator = await queries
    .selectFrom('administrator')
    .select(['reference', 'name'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('reference', '=', row.administrator)
    .executeTakeFirst()
  if (administrator === undefined) return undefined
  const endsAt = row.created_at + sessionTotalMs
  return {
    idHash,
    administrator,
    csrfHash: row.csrf_hash,
    createdAt: row.created_at,
    endsAt,
    csrfToken: csrfTokenOf(id),
  }
}

/** Whether a session still lives; asking is no use of it. */
export async function sessionLives(core: Core, { idHash }: Pick<Session, 'idHash'>): Promise<boolean> {
  const { queries, scope } = core.storage
  const now = core.clock.now()
  const row = await queries
    .selectFrom('session')
    .select('used_at')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('id_hash', '=', idHash)
    .where('used_at', '>', now - sessionIdleMs)
    .where('created_at', '>', now - sessionTotalMs)
    .where('created_at', '<=', now + clockStepMs)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a request's token is the session's. */
export function csrfHolds(session: Pick<Session, 'csrfHash'>, token: unknown): boolean {
  const secret = typeof token === 'string' ? secretOf(token) : undefined
  return secret !== undefined && bytesEqual(secretHash('csrf', secret), session.csrfHash)
}

/** Ends a session. */
export async function endSession(core: Core, queries: Queries, { idHash }: Pick<Session, 'idHash'>): Promise<void> {
  const { scope } = core.storage
  await queries
    .deleteFrom('session')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('id_hash', '=', idHash)
    .execute()
}

/** Forgets sessions that are over. */
export async function forgetSessions(core: Core): Promise<void> {
  const { queries, scope } = core.storage
  const now = core.clock.now()
  await queries
    .deleteFrom('session')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where(({ eb, or }) =>
      or([
        eb('used_at', '<=', now - sessionIdleMs),
        eb('created_at', '<=', now - sessionTotalMs),
        eb('created_at', '>', now + clockStepMs),
      ]),
    )
    .execute()
}

/** Follows from the cookie's secret and does not give it away, so that a reload of the page gets the same one. */
function csrfTokenOf(id: Uint8Array): string {
  return toBase64url(secretHash('csrf', id))
}

function secretOf(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined
  try {
    return fromBase64url(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

async function endOldest(core: Core, queries: Queries, administrator: Uint8Array): Promise<void> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('session')
    .select(['id_hash', 'used_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('administrator', '=', administrator)
    .orderBy('used_at', 'desc')
    .execute()
  for (const { id_hash: idHash } of rows.slice(mostSessions - 1)) await endSession(core, queries, { idHash })
}
