/** First start and log-in by links for one use (R11). Passkeys come later; until then a link is the only way in. */

import { type Actor, actorName } from '../actor.ts'
import type { LogInLink } from '../api/session.ts'
import { type Act, recordAct } from '../audit/act.ts'
import { codeHash, newCode, secretHash } from '../codes.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'
import { Refusal } from '../refusal.ts'
import type { Queries } from '../storage/storage.ts'
import { countCodeTry, uncountCodeTry } from './limits.ts'
import { endSession, type Session, type SessionSecrets, startSession } from './sessions.ts'

const claimMs = 30 * 60_000
const logInMs = 10 * 60_000
const referenceBytes = 16

/** Whether somebody is administrator. */
export async function isClaimed(core: Core, queries: Queries = core.storage.queries): Promise<boolean> {
  const { tenant, site } = core.storage.scope
  const row = await queries
    .selectFrom('site')
    .select('claimed_at')
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .executeTakeFirstOrThrow()
  return row.claimed_at !== null
}

/** A link for one use: to claim as long as nobody has, then to log in. A new claim link ends the ones before. */
export async function createLogInLink(core: Core, actor: Actor, origin: string): Promise<LogInLink> {
  const code = newCode(core.random)
  const link = await core.storage.transaction(async queries => {
    const kind = (await isClaimed(core, queries)) ? ('log-in' as const) : ('claim' as const)
    const expiresAt = core.clock.now() + (kind === 'claim' ? claimMs : logInMs)
    await forgetLinks(core, queries, kind)
    await queries
      .insertInto('log_in_link')
      .values({
        ...core.storage.scope,
        code_hash: codeHash('log-in-link', code) ?? new Uint8Array(),
        kind,
        actor: actorName(actor),
        expires_at: expiresAt,
        used_at: null,
      })
      .execute()
    await recordAct(core, queries, { actor, event: 'log-in-link-made', detail: { kind } })
    return { kind, expiresAt }
  })
  core.feed.added()
  return { kind: link.kind, url: `${origin}/${link.kind}#${code}`, expiresAt: instantText(link.expiresAt) }
}

/** Makes the first administrator. Refuses with `code-refused`, whatever is wrong with the code. */
export async function claim(
  core: Core,
  { code, name, address }: { readonly code: string; readonly name: string; readonly address: string | undefined },
): Promise<SessionSecrets & { readonly session: Session }> {
  const administrator = { reference: core.random.bytes(referenceBytes), name }
  return signIn(core, { code, kind: 'claim', address }, async queries => {
    const { tenant, site } = core.storage.scope
    const claimed = await queries
      .updateTable('site')
      .set({ claimed_at: core.clock.now() })
      .where('tenant', '=', tenant)
      .where('site', '=', site)
      .where('claimed_at', 'is', null)
      .returning('site')
      .executeTakeFirst()
    if (claimed === undefined) throw codeRefused()
    await queries
      .insertInto('administrator')
      .values({ tenant, site, ...administrator, created_at: core.clock.now() })
      .execute()
    return administrator
  })
}

/** Starts a session of the administrator. There is one until there are roles of administrators. */
export function logIn(
  core: Core,
  { code, address }: { readonly code: string; readonly address: string | undefined },
): Promise<SessionSecrets & { readonly session: Session }> {
  return signIn(core, { code, kind: 'log-in', address }, async queries => {
    const { tenant, site } = core.storage.scope
    const administrator = await queries
      .selectFrom('administrator')
      .select(['reference', 'name'])
      .where('tenant', '=', tenant)
      .where('site', '=', site)
      .orderBy('created_at')
      .executeTakeFirst()
    if (administrator === undefined) throw codeRefused()
    return administrator
  })
}

/** Ends the session of whoever asks. */
export async function logOut(core: Core, session: Session | undefined, actor: Actor): Promise<void> {
  await core.storage.transaction(async queries => {
    if (session !== undefined) await endSession(core, queries, session)
    await recordAct(core, queries, { actor, event: 'logged-out' })
  })
  core.feed.added()
}

interface Link {
  readonly code: string
  readonly kind: 'claim' | 'log-in'
  readonly address: string | undefined
}

async function signIn(
  core: Core,
  { code, kind, address }: Link,
  findAdministrator: (queries: Queries) => Promise<Session['administrator']>,
): Promise<SessionSecrets & { readonly session: Session }> {
  await countCodeTry(core, address)
  const started = await core.storage.transaction(async queries => {
    await useLink(core, queries, { code, kind })
    const administrator = await findAdministrator(queries)
    const secrets = await startSession(core, queries, administrator)
    const act: Act = {
      actor: { kind: 'administrator', ...administrator },
      event: kind === 'claim' ? 'claimed' : 'logged-in',
    }
    await recordAct(core, queries, act)
    return secrets
  })
  await uncountCodeTry(core, address)
  core.feed.added()
  return started
}

/** Takes a link's one use, in one statement. */
async function useLink(core: Core, queries: Queries, { code, kind }: Omit<Link, 'address'>): Promise<void> {
  const { tenant, site } = core.storage.scope
  const now = core.clock.now()
  const used = await queries
    .updateTable('log_in_link')
    .set({ used_at: now })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    // What is no code at all takes the same way as a wrong one (T50).
    .where('code_hash', '=', codeHash('log-in-link', code) ?? secretHash('log-in-link', new Uint8Array()))
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('kind')
    .executeTakeFirst()
  if (used === undefined) throw codeRefused()
}

async function forgetLinks(core: Core, queries: Queries, kind: 'claim' | 'log-in'): Promise<void> {
  const { tenant, site } = core.storage.scope
  const query = queries.deleteFrom('log_in_link').where('tenant', '=', tenant).where('site', '=', site)
  await (kind === 'claim' ? query : query.where('expires_at', '<=', core.clock.now())).execute()
}

function codeRefused(): Refusal {
  return new Refusal('code-refused', 'this code is not good: it may be mistyped, used or too old. Ask for a new link')
}
