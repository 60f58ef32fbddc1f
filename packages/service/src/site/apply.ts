/** Applying a site file: all or nothing, as a new version with author and time. */
import { createHash } from 'node:crypto'
import { bytesEqual, utf8 } from '@edgeward/base'
import type { Site } from '@edgeward/domain'
import { diffSites, exportSiteFile } from '@edgeward/domain/site-file'
import { type Actor, actorName } from '../actor.ts'
import type { Applied, ApplyRequest, Diagnostic, SiteChange, SiteCheck, SiteDiff, SiteText } from '../api/site.ts'
import { recordAct } from '../audit/act.ts'
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'
import type { Queries } from '../storage/storage.ts'
import { allEffects } from '../sync/effects.ts'
import { buildBundles, listModules } from './bundles.ts'
import { referPeople, type StateChange, stateCredentials } from './references.ts'
import { removeModules } from './removed-modules.ts'
import { writeRules } from './rules-history.ts'

/** Changes that are listed one by one in an answer. */
const mostChanges = 10_000

/** What is wrong with a site file. */
export async function checkSite(core: Core, { text, fileName }: SiteText): Promise<SiteCheck> {
  const { site, diagnostics } = await core.sites.parser.parse(text, fileName)
  return { ok: site !== undefined, diagnostics }
}

/** What a site file would change. */
export async function diffSite(core: Core, { text, fileName }: SiteText): Promise<SiteDiff> {
  const { site, diagnostics } = await core.sites.parser.parse(text, fileName)
  const current = await core.sites.current()
  const changes = listed(site === undefined ? [] : diffSites(current?.model, site))
  return { ok: site !== undefined, diagnostics, against: current?.version ?? null, ...changes }
}

/** Applies a site file. Refuses with `site-refused` when it has an error; then nothing was changed. */
export async function applySite(core: Core, actor: Actor, request: ApplyRequest): Promise<Applied> {
  const { site, diagnostics } = await core.sites.parser.parse(request.text, request.fileName)
  if (site === undefined) throw fileRefused(diagnostics)
  const digest = sha256(utf8(exportSiteFile(site)))
  const result = await core.storage.transaction(queries => apply(core, queries, { actor, request, site, digest }))
  if (!result.unchanged) {
    core.sites.remember({
      version: result.version,
      digest,
      model: site,
      author: actorName(actor),
      at: core.clock.now(),
    })
  }
  core.feed.added()
  const effects = await allEffects(core)
  return {
    ...result,
    diagnostics,
    modules: Object.keys(site.modules).map(module => {
      const { desired, effective } = effects(module, 'policy-bundle')
      return { module, desired, effective }
    }),
  }
}

interface ToApply {
  readonly actor: Actor
  readonly request: ApplyRequest
  readonly site: Site
  readonly digest: Uint8Array
}

async function apply(
  core: Core,
  queries: Queries,
  { actor, request, site, digest }: ToApply,
): Promise<{ version: number; unchanged: boolean } & Listed> {
  const { scope } = core.storage
  const state = await lockSite(core, queries)
  const current = await core.sites.current(queries)
  if (current !== undefined && bytesEqual(current.digest, digest)) {
    await recordAct(core, queries, { actor, event: 'site-unchanged', detail: { version: String(current.version) } })
    return { version: current.version, unchanged: true, ...listed([]) }
  }
  const version = (current?.version ?? 0) + 1
  const diff = diffSites(current?.model, site)
  await queries
    .insertInto('site_version')
    .values({
      ...scope,
      version,
      text: request.text,
      file_name: request.fileName,
      digest,
      author: actorName(actor),
      at: core.clock.now(),
      comment: request.comment ?? null,
    })
    .execute()
  await writeRules(core, queries, site, version)
  await referPeople(core, queries, site)
  await removeModules(core, queries, { site, actor })
  await listModules(core, queries, site)
  const changes = await stateCredentials(core, queries, site, actor)
  const blocks = await noteChanges(core, queries, { actor, changes, state, version })
  await queries
    .updateTable('site')
    .set({ site_version: version, ...blocks })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  await buildBundles(core, queries, {
    site,
    siteVersion: version,
    digest,
    epoch: blocks.epoch,
    revocationVersion: blocks.revocation_version,
  })
  await recordAct(core, queries, {
    actor,
    event: 'site-applied',
    detail: { version: String(version), changes: String(diff.length) },
  })
  return { version, unchanged: false, ...listed(diff) }
}

interface Listed {
  readonly diff: readonly SiteChange[]
  readonly unlisted: number
}

function listed(changes: readonly SiteChange[]): Listed {
  return { diff: changes.slice(0, mostChanges), unlisted: Math.max(0, changes.length - mostChanges) }
}

interface SiteState {
  readonly epoch: number
  readonly revocation_version: number
}

/** One change of the site at a time. */
export async function lockSite(core: Core, queries: Queries): Promise<SiteState> {
  const { scope } = core.storage
  return queries
    .selectFrom('site')
    .select(['epoch', 'revocation_version'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/**
 * Writes changed states of credentials into the log of revocations. A block raises the epoch (R6): every module gets a
 * bundle of the new one, and who is off line learns from a holder's document that it is stale.
 */
async function noteChanges(
  core: Core,
  queries: Queries,
  {
    actor,
    changes,
    state,
    version,
  }: {
    readonly actor: Actor
    readonly changes: readonly StateChange[]
    readonly state: SiteState
    readonly version: number
  },
): Promise<SiteState> {
  if (changes.length === 0) return { epoch: state.epoch, revocation_version: state.revocation_version }
  const next = state.revocation_version + 1
  const act = {
    version: next,
    person: null,
    reason: `site file, version ${version}`,
    actor: actorName(actor),
    at: core.clock.now(),
  }
  await insertRevocation(core, queries, { act, changes })
  const blocks = changes.some(({ action }) => action !== 3)
  return { epoch: blocks ? state.epoch + 1 : state.epoch, revocation_version: next }
}

const rowsAStatement = 1_000

/** One act of the log of revocations with its entries. */
export async function insertRevocation(
  core: Core,
  queries: Queries,
  {
    act,
    changes,
  }: {
    readonly act: {
      readonly version: number
      readonly person: string | null
      readonly reason: string
      readonly actor: string
      readonly at: number
    }
    readonly changes: readonly StateChange[]
  },
): Promise<void> {
  const { scope } = core.storage
  await queries
    .insertInto('revocation')
    .values({ ...scope, ...act })
    .execute()
  for (let i = 0; i < changes.length; i += rowsAStatement) {
    const rows = changes.slice(i, i + rowsAStatement).map(change => ({ ...scope, version: act.version, ...change }))
    await queries.insertInto('revocation_entry').values(rows).execute()
  }
}

function fileRefused(diagnostics: readonly Diagnostic[]): Refusal {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const where =
    first === undefined ? '' : ` (${first.file}:${first.line}:${first.column} ${first.code}: ${first.message})`
  const many = errors.length === 1 ? 'one error' : `${errors.length} errors`
  return new Refusal('site-refused', `nothing was applied: the file has ${many}${where}`, {
    diagnostics: diagnostics.slice(0, mostChanges),
  })
}

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest())
}
