/** People, assets and credentials as the interface shows them. */

import { toHex } from '@edgeward/base'
import type { Site } from '@edgeward/domain'
import type {
  AssetRow,
  Assets,
  CredentialInfo,
  Credentials,
  People,
  PersonDetail,
  PersonRow,
  RuleFor,
} from '../api/people.ts'
import type { Named } from '../api/values.ts'
import type { Core } from '../core.ts'
import { instantOrNull, instantText } from '../instants.ts'
import type { CredentialRow } from '../issuing/holders.ts'
import { Refusal } from '../refusal.ts'
import { conditionSentences, functionList } from '../site/sentences.ts'
import type { SiteInForce } from '../site/sites.ts'
import { assetsOf, groupsOf, guardOf, holderOf, holders, isExternal, meansHolder, own } from '../site/subjects.ts'

const phoneWallet = 'phone wallet'

/** Everybody, or whoever a search means. In the order of the site file. */
export async function people(core: Core, query: string | undefined): Promise<People> {
  const site = await core.sites.required()
  const credentials = await credentialRows(core)
  const wanted = query?.trim().toLowerCase() ?? ''
  const found = holders(site.model).filter(([id, { name, credentials: carried }]) =>
    [id, name, ...Object.keys(carried)].some(text => text.toLowerCase().includes(wanted)),
  )
  return { people: found.map(([id]) => personRow(site.model, id, credentials.get(id) ?? [])) }
}

/** One person with all that the site says. Refuses with `not-found`. */
export async function person(core: Core, id: string): Promise<PersonDetail> {
  const site = await core.sites.required()
  const { model } = site
  const said = holderOf(model, id)
  if (said === undefined) throw new Refusal('not-found', `there is nobody with the id ${id} in the site`)
  const rows = (await credentialRows(core)).get(id) ?? []
  const pins = await withPins(core)
  return {
    person: personRow(model, id, rows),
    groups: groupsOf(model, id).map(group => named(model.groups, group)),
    qualifications: Object.entries(said.qualifications).map(([qualification, { from, to }]) => ({
      id: qualification,
      ...bounds({ from, to }),
    })),
    validity: bounds(said.validity ?? {}),
    host: said.host === undefined ? null : named(model.people, said.host),
    credentials: rows.map(row => credentialInfo(site, row, pins)),
    rules: rulesFor(model, id),
  }
}

/** Every credential of the site in force. */
export async function credentials(core: Core): Promise<Credentials> {
  const site = await core.sites.current()
  if (site === undefined) return { credentials: [] }
  const rows = await credentialRows(core)
  const pins = await withPins(core)
  return {
    credentials: holders(site.model).flatMap(([id]) =>
      (rows.get(id) ?? []).map(row => credentialInfo(site, row, pins)),
    ),
  }
}

/** Everything that is guarded, in the order of the file. */
export async function assets(core: Core): Promise<Assets> {
  const site = await core.sites.required()
  const { model } = site
  return {
    assets: Object.entries(model.assets).map(
      ([id, asset]): AssetRow => ({
        id,
        name: asset.name,
        kind: named(model.kinds, asset.kind),
        area: named(model.areas, asset.in),
        functions: asset.functions,
        criticality: asset.criticality,
        failSafe: asset.failSafe,
        module: guardOf(model, id) ?? null,
      }),
    ),
  }
}

function personRow(site: Site, id: string, rows: readonly CredentialRow[]): PersonRow {
  const said = holderOf(site, id)
  if (said === undefined) throw new Error('a row is asked for whoever is in the site')
  return {
    id,
    name: said.name,
    kind: Object.hasOwn(site.robots, id) ? 'robot' : 'person',
    external: isExternal(site, said),
    organisation: said.organisation === undefined ? null : named(site.organisations, said.organisation),
    roles: said.roles.map(({ role }) => named(site.roles, role)),
    credentials: rows.length,
    blocked: rows.filter(({ state }) => state !== 'active').length,
    enrolled: rows.filter(({ enrolled_at: at }) => at !== null).length,
  }
}

function rulesFor(site: Site, id: string): readonly RuleFor[] {
  const rules = [
    ...site.permissions.map(rule => ({ kind: 'permission' as const, rule })),
    ...site.prohibitions.map(rule => ({ kind: 'prohibition' as const, rule })),
  ]
  return rules
    .filter(({ rule }) => rule.who.some(subject => meansHolder(site, subject, id)))
    .map(({ kind, rule }) => ({
      id: rule.id,
      kind,
      assets: assetsOf(site, rule.on).map(asset => named(site.assets, asset)),
      functions: functionList(rule.may),
      conditions: conditionSentences(site, rule.when),
    }))
}

/** Current credentials by their holder, those that the site file no longer has left out. */
async function credentialRows(core: Core): Promise<ReadonlyMap<string, readonly CredentialRow[]>> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('credential')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('current', '=', true)
    .orderBy('credential')
    .execute()
  const byHolder = new Map<string, CredentialRow[]>()
  for (const row of rows) byHolder.set(row.person, [...(byHolder.get(row.person) ?? []), row])
  return byHolder
}

/** Pseudonyms (hex) of credentials that have a PIN. */
async function withPins(core: Core): Promise<ReadonlySet<string>> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('pin')
    .select('pseudonym')
    .distinct()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  return new Set(rows.map(({ pseudonym }) => toHex(pseudonym)))
}

function credentialInfo(site: SiteInForce, row: CredentialRow, pins: ReadonlySet<string>): CredentialInfo {
  const holder = holderOf(site.model, row.person)
  const said = holder && own(holder.credentials, row.credential)
  return {
    id: row.credential,
    credential: toHex(row.pseudonym),
    person: { id: row.person, name: holder?.name ?? row.person },
    type: said?.type ?? 'card',
    heldBy: phoneWallet,
    state: row.state,
    blocked:
      row.state === 'active' ? null : { reason: row.state_reason, by: row.state_actor, at: instantText(row.state_at) },
    validity: bounds(said?.validity ?? {}),
    enrolledAt: instantOrNull(row.enrolled_at),
    hasPin: pins.has(toHex(row.pseudonym)),
  }
}

function bounds({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }): {
  readonly from: string | null
  readonly to: string | null
} {
  const text = (instant: number | undefined): string | null =>
    instant === undefined ? null : instantText(instant * 1000)
  return { from: text(from), to: text(to) }
}

function named(table: Readonly<Record<string, { readonly name: string }>>, id: string): Named {
  return { id, name: own(table, id)?.name ?? id }
}
