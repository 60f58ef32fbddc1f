/** Records as the interface shows them: by page, by stream, and one decision in full. */
import { fromUtf8, toHex } from '@edgeward/base'
import { type AuditRecord, decodeRecord } from '@edgeward/domain'
import type { EventRow, Events, EventsQuery } from '../api/events.ts'
import type { Named } from '../api/values.ts'
import { serviceName } from '../audit/act.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'
import type { SiteInForce } from '../site/sites.ts'
import { holderOf, own } from '../site/subjects.ts'
import { reasonOf } from './words.ts'

/** A row of the table of records, as far as it is shown. */
export interface RecordRow {
  readonly index: number
  readonly module: string
  readonly number: number
  readonly received_at: number
  readonly record: Uint8Array
}

const columns = ['index', 'module', 'number', 'received_at', 'record'] as const

/** A page of records. */
export async function events(
  core: Core,
  query: EventsQuery & { readonly limit?: number | undefined },
): Promise<Events> {
  const limit = query.limit ?? 100
  const forward = query.after !== undefined
  const rows = await select(core, query, { limit, forward })
  const shown = await showRecords(core, rows)
  const cursors = rows.map(({ index }) => index)
  const newest = cursors.length === 0 ? (query.after ?? (await newestCursor(core))) : String(Math.max(...cursors))
  const oldest = cursors.length < limit || forward ? null : String(Math.min(...cursors))
  return { events: shown, newest, oldest }
}

/** Records behind a cursor, oldest first. */
export async function eventsAfter(core: Core, after: string, limit: number): Promise<readonly EventRow[]> {
  return showRecords(core, await select(core, { after }, { limit, forward: true }))
}

/** The cursor of the newest record; `0` when there is none. */
export async function newestCursor(core: Core): Promise<string> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('leaf')
    .select(({ fn }) => fn.max('index').as('index'))
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirst()
  return String(row?.index ?? 0)
}

async function select(
  core: Core,
  query: EventsQuery,
  { limit, forward }: { readonly limit: number; readonly forward: boolean },
): Promise<readonly RecordRow[]> {
  const { queries, scope } = core.storage
  let select = queries
    .selectFrom('record')
    .select(columns)
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
  if (query.after !== undefined) select = select.where('index', '>', Number(query.after))
  if (query.before !== undefined) select = select.where('index', '<', Number(query.before))
  if (query.asset !== undefined) select = select.where('asset', '=', query.asset)
  if (query.module !== undefined) select = select.where('module', '=', query.module)
  if (query.decision !== undefined) select = select.where('decision', '=', query.decision)
  if (query.kind !== undefined) select = select.where('kind', '=', query.kind)
  if (query.person !== undefined) {
    const { person } = query
    select = select.where('index', 'in', ({ selectFrom }) =>
      selectFrom('opening')
        .innerJoin('person', join =>
          join
            .onRef('person.tenant', '=', 'opening.tenant')
            .onRef('person.site', '=', 'opening.site')
            .onRef('person.reference', '=', 'opening.value'),
        )
        .select('opening.index')
        .where('opening.tenant', '=', scope.tenant)
        .where('opening.site', '=', scope.site)
        .where('opening.field', 'in', ['person', 'with'])
        .where('person.person', '=', person),
    )
  }
  return select
    .orderBy('index', forward ? 'asc' : 'desc')
    .limit(limit)
    .execute()
}

/** Decodes records and looks up the names of today. */
export async function showRecords(core: Core, rows: readonly RecordRow[]): Promise<readonly EventRow[]> {
  if (rows.length === 0) return []
  const site = await core.sites.current()
  const personal = await openingsOf(
    core,
    rows.map(({ index }) => index),
  )
  const outcomes = await outcomesOf(core, rows)
  return rows.map(row => {
    const record = decodeRecord(row.record)
    const opened = personal(row.index)
    const { module, number } = row
    return {
      cursor: String(row.index),
      kind: record.kind,
      at: instantText(record.at * 1000),
      receivedAt: instantText(row.received_at),
      clockQuality: record.clockQuality,
      simulated: record.simulated,
      module,
      number,
      decisionId: record.decisionId ?? null,
      asset: assetOf(site, record.asset),
      side: record.side ?? null,
      function: record.function ?? null,
      decision: record.decision ?? null,
      by: record.by ?? null,
      reasons: (record.reasons ?? []).map(reasonOf),
      obligations: record.obligations ?? [],
      factors: record.factors ?? {},
      person: personOf(site, opened.person),
      credential: opened.credential ?? null,
      outcome: outcomeOf(record, outcomes),
      event: record.event ?? null,
      actor: actorOf(row, record, opened),
      detail: detailOf(row, record),
    }
  })
}

function outcomeOf(record: AuditRecord, outcomes: ReadonlyMap<string, string>): string | null {
  if (record.kind === 'outcome') return record.outcome ?? null
  return record.kind === 'decision' && record.decisionId !== undefined
    ? (outcomes.get(record.decisionId) ?? null)
    : null
}

/** Who acted in the service: an administrator by name, the operator of the machine, a holder. */
function actorOf({ module }: RecordRow, { detail }: AuditRecord, opened: Personal): string | null {
  if (module !== serviceName) return null
  return opened.administrator ?? detail?.actor ?? null
}

/** The actor of an act stands in a member of its own. */
function detailOf({ module }: RecordRow, { detail = {} }: AuditRecord): Readonly<Record<string, string>> {
  return module === serviceName
    ? Object.fromEntries(Object.entries(detail).filter(([name]) => name !== 'actor'))
    : detail
}

function assetOf(site: SiteInForce | undefined, id: string | undefined): Named | null {
  if (id === undefined) return null
  return { id, name: (site && own(site.model.assets, id)?.name) ?? id }
}

/** The name that somebody has today. */
export function personOf(site: SiteInForce | undefined, id: string | undefined): Named | null {
  if (id === undefined) return null
  return { id, name: (site && holderOf(site.model, id)?.name) ?? id }
}

/** What the openings of a record say. */
export interface Personal {
  /** Ids of the site file. */
  readonly person?: string
  readonly with?: string
  readonly credential?: string
  /** Name of an administrator. */
  readonly administrator?: string
  readonly position?: string
}

/** Openings of records; what was erased is missing. */
export async function openingsOf(core: Core, indices: readonly number[]): Promise<(index: number) => Personal> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('opening')
    .select(['index', 'field', 'value'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('index', 'in', indices)
    .execute()
  const values = rows.map(({ value }) => value)
  const names = await namesOf(core, values)
  const found = new Map<number, Personal>()
  for (const { index, field, value } of rows) {
    found.set(index, { ...found.get(index), ...said(field, value, names.get(`${field}/${toHex(value)}`)) })
  }
  return index => found.get(index) ?? {}
}

function said(
  field: string,
  value: Uint8Array,
  name: { readonly kind: string; readonly name: string } | undefined,
): Personal {
  if (field === 'position') return { position: fromUtf8(Uint8Array.from(value)) }
  if (name === undefined) return {}
  if (name.kind === 'administrator') return { administrator: name.name }
  if (field === 'credential') return { credential: name.name }
  return field === 'with' ? { with: name.name } : { person: name.name }
}

/** References and pseudonyms to ids, by field. */
async function namesOf(
  core: Core,
  values: readonly Uint8Array[],
): Promise<ReadonlyMap<string, { kind: string; name: string }>> {
  const names = new Map<string, { kind: string; name: string }>()
  if (values.length === 0) return names
  const { queries, scope } = core.storage
  const people = await queries
    .selectFrom('person')
    .select(['person', 'reference'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('reference', 'in', values)
    .execute()
  for (const { person, reference } of people) {
    for (const field of ['person', 'with']) names.set(`${field}/${toHex(reference)}`, { kind: 'person', name: person })
  }
  const credentials = await queries
    .selectFrom('credential')
    .select(['credential', 'pseudonym'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('pseudonym', 'in', values)
    .execute()
  for (const { credential, pseudonym } of credentials) {
    names.set(`credential/${toHex(pseudonym)}`, { kind: 'credential', name: credential })
  }
  const administrators = await queries
    .selectFrom('administrator')
    .select(['name', 'reference'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('reference', 'in', values)
    .execute()
  for (const { name, reference } of administrators)
    names.set(`with/${toHex(reference)}`, { kind: 'administrator', name })
  return names
}

/** Outcomes of decisions that are known, by decision id. */
async function outcomesOf(core: Core, rows: readonly RecordRow[]): Promise<ReadonlyMap<string, string>> {
  const ids = rows.flatMap(({ record }) => {
    const decoded = decodeRecord(record)
    return decoded.kind === 'decision' && decoded.decisionId !== undefined ? [decoded.decisionId] : []
  })
  if (ids.length === 0) return new Map()
  const { queries, scope } = core.storage
  const found = await queries
    .selectFrom('record')
    .select('record')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('decision_id', 'in', ids)
    .where('kind', '=', 'outcome')
    .orderBy('index')
    .execute()
  return new Map(
    found.flatMap(({ record }) => {
      const { decisionId, outcome } = decodeRecord(record)
      return decisionId === undefined || outcome === undefined ? [] : [[decisionId, outcome] as const]
    }),
  )
}
