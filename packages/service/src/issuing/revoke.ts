/** Blocking somebody for good, and seeing where that is in force. domain.md J4, design.md "When a change is in force" */

import { type Actor, actorName } from '../actor.ts'
import type { BlockAtModule, Revocation, RevokeRequest } from '../api/revocations.ts'
import { recordAct } from '../audit/act.ts'
import type { Core } from '../core.ts'
import { instantOrNull, instantText } from '../instants.ts'
import { Refusal } from '../refusal.ts'
import { insertRevocation, lockSite } from '../site/apply.ts'
import { buildBundles } from '../site/bundles.ts'
import type { SiteInForce } from '../site/sites.ts'
import { holderOf } from '../site/subjects.ts'
import type { Queries } from '../storage/storage.ts'
import { allEffects } from '../sync/effects.ts'
import { type CredentialRow, findHolder, type Holder } from './holders.ts'

/** Words that stand in the log for ever; other reasons stay in the table, where they can be erased. */
const plainReasons = ['lost', 'stolen', 'left', 'damaged', 'misuse']

/** Blocks a person's credentials, or one of them. */
export async function revoke(core: Core, actor: Actor, person: string, request: RevokeRequest): Promise<Revocation> {
  const version = await core.storage.transaction(queries => block(core, queries, { actor, person, request }))
  core.feed.added()
  return revocation(core, version)
}

interface ToBlock {
  readonly actor: Actor
  readonly person: string
  readonly request: RevokeRequest
}

async function block(core: Core, queries: Queries, { actor, person, request }: ToBlock): Promise<number> {
  const { scope } = core.storage
  const state = await lockSite(core, queries)
  // Behind the lock: the site of before it would put rules back that were replaced meanwhile.
  const site = await core.sites.required(queries)
  const holder = await findHolder(core, site, person, queries)
  const credentials = chosen(holder, request.credential)
  const version = state.revocation_version + 1
  const epoch = state.epoch + 1
  const by = { reason: request.reason, actor: actorName(actor), at: core.clock.now() }
  for (const { pseudonym } of credentials) {
    await queries
      .updateTable('credential')
      .set({ state: 'revoked', state_by: 'act', state_reason: by.reason, state_actor: by.actor, state_at: by.at })
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('pseudonym', '=', pseudonym)
      .execute()
  }
  const changes = credentials.map(({ pseudonym }) => ({ pseudonym, action: 1 as const }))
  await insertRevocation(core, queries, { act: { version, person, ...by }, changes })
  await queries
    .updateTable('site')
    .set({ epoch, revocation_version: version })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const basis = { site: site.model, siteVersion: site.version, digest: site.digest, epoch, revocationVersion: version }
  await buildBundles(core, queries, basis)
  const detail = {
    version: String(version),
    credentials: String(credentials.length),
    reason: plainReasons.includes(request.reason) ? request.reason : 'other',
  }
  await recordAct(core, queries, {
    actor,
    event: 'credentials-revoked',
    detail,
    person: holder.reference,
    credential: only(credentials),
  })
  return version
}

function chosen({ id, credentials }: Holder, credential: string | undefined): readonly CredentialRow[] {
  const found = credential === undefined ? credentials : credentials.filter(row => row.credential === credential)
  if (found.length === 0) throw new Refusal('not-found', `${id} has no ${credential ?? 'credential'}`)
  const open = found.filter(({ state }) => state !== 'revoked')
  if (open.length === 0)
    throw new Refusal(
      'conflict',
      credential === undefined ? `${id} is blocked already` : `${credential} is blocked already`,
    )
  return open
}

function only(credentials: readonly CredentialRow[]): Uint8Array | undefined {
  return credentials.length === 1 ? credentials[0]?.pseudonym : undefined
}

/** An act of blocking with where it is in force. Refuses with `not-found`. */
export async function revocation(core: Core, version: number): Promise<Revocation> {
  const { queries, scope } = core.storage
  const act = await queries
    .selectFrom('revocation')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('version', '=', version)
    .executeTakeFirst()
  if (act === undefined) throw new Refusal('not-found', `there is no act of blocking ${version}`)
  const credentials = await queries
    .selectFrom('revocation_entry')
    .innerJoin('credential', join =>
      join
        .onRef('credential.tenant', '=', 'revocation_entry.tenant')
        .onRef('credential.site', '=', 'revocation_entry.site')
        .onRef('credential.pseudonym', '=', 'revocation_entry.pseudonym'),
    )
    .select(['credential.credential', 'credential.documents_until'])
    .where('revocation_entry.tenant', '=', scope.tenant)
    .where('revocation_entry.site', '=', scope.site)
    .where('revocation_entry.version', '=', version)
    .orderBy('credential.credential')
    .execute()
  const site = await core.sites.required()
  const documentsUntil = Math.max(0, ...credentials.map(row => row.documents_until ?? 0))
  const modules = await blockAtModules(core, site, { version, documentsUntil })
  const person =
    act.person === null ? null : { id: act.person, name: holderOf(site.model, act.person)?.name ?? act.person }
  return {
    version,
    person,
    reason: act.reason,
    by: act.actor,
    at: instantText(act.at),
    credentials: credentials.map(({ credential }) => credential),
    inForceEverywhere: modules.every(({ effective }) => effective !== null),
    modules,
  }
}

/**
 * Effect bound: a module that hears nothing goes on until the documents end or its autonomy does, whichever is first
 * (R6). One that has never been commissioned permits nobody.
 */
async function blockAtModules(
  core: Core,
  site: SiteInForce,
  { version, documentsUntil }: { readonly version: number; readonly documentsUntil: number },
): Promise<readonly BlockAtModule[]> {
  const { queries, scope } = core.storage
  const effects = await allEffects(core)
  const rows = await queries
    .selectFrom('module')
    .select(['module', 'commissioned_at', 'last_contact_at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('current', '=', true)
    .execute()
  const byId = new Map(rows.map(row => [row.module, row]))
  return Object.entries(site.model.modules).flatMap(([module, { name, autonomy }]) => {
    const row = byId.get(module)
    if (row === undefined || row.commissioned_at === null) return []
    const { effective, effectiveAt } = effects(module, 'revocation-delta')
    const inForce = effective >= version
    const autonomyUntil = (row.last_contact_at ?? row.commissioned_at) + autonomy * 1000
    const certain = documentsUntil === 0 ? null : Math.min(documentsUntil, autonomyUntil)
    return [
      {
        module,
        name,
        effective: inForce ? instantOrNull(effectiveAt) : null,
        lastContact: instantOrNull(row.last_contact_at),
        certainBy: inForce ? null : instantOrNull(certain),
      },
    ]
  })
}
