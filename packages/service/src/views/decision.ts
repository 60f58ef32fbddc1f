/** The decision card: why it was decided so, by the rules of then. domain.md J5 */
import { bytesEqual, toHex } from '@edgeward/base'
import { decodeRecord } from '@edgeward/domain'
import type { DecisionCard, LaterChange, RuleThen } from '../api/events.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'
import { Refusal } from '../refusal.ts'
import { laterChanges, type RuleBody, ruleAt } from '../site/rules-history.ts'
import { conditionSentences, orderSentence, ruleSentence } from '../site/sentences.ts'
import type { SiteInForce } from '../site/sites.ts'
import { own } from '../site/subjects.ts'
import { openingsOf, personOf, showRecords } from './events.ts'

/** A decision by its id. Refuses with `not-found`. */
export async function decisionCard(core: Core, id: string): Promise<DecisionCard> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('record')
    .selectAll()
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('decision_id', '=', id)
    .orderBy('index')
    .execute()
  const row = rows.find(({ kind }) => kind === 'decision')
  if (row === undefined) throw new Refusal('not-found', `there is no decision ${id}`)
  const [event] = await showRecords(core, [row])
  if (event === undefined) throw new Error('a record is shown as one event')
  const record = decodeRecord(row.record)
  const site = await core.sites.required()
  const personal = (await openingsOf(core, [row.index]))(row.index)
  const version = record.siteDigest === undefined ? undefined : await versionOf(core, record.siteDigest)
  const outcome = rows.findLast(({ kind }) => kind === 'outcome')
  const said = outcome && decodeRecord(outcome.record)
  return {
    event,
    timeZone: site.model.site.timeZone,
    rule: record.by === undefined || version === undefined ? null : await ruleThen(core, site, record.by, version),
    laterChanges: record.by === undefined || version === undefined ? [] : await changesAfter(core, record.by, version),
    withPerson: personOf(site, personal.with),
    position: personal.position ?? null,
    versions: {
      site: version ?? null,
      siteDigest: record.siteDigest === undefined ? null : toHex(record.siteDigest),
      bundle: record.bundleVersion ?? null,
      revocations: record.revocationVersion ?? null,
      epoch: record.epoch ?? null,
      documentEpoch: record.documentEpoch ?? null,
    },
    trace: record.trace ?? [],
    outcome:
      said?.outcome === undefined || outcome === undefined
        ? null
        : { outcome: said.outcome, at: instantText(said.at * 1000), number: outcome.number },
    record: {
      module: { id: row.module, name: own(site.model.modules, row.module)?.name ?? row.module },
      chainEpoch: row.chain_epoch,
      number: row.number,
      head: toHex(row.head),
      digest: toHex(row.record_digest),
      signedByModule: row.signed,
    },
  }
}

/** The version of the site whose file has this digest. */
async function versionOf(core: Core, digest: Uint8Array): Promise<number | undefined> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('site_version')
    .select(['version', 'digest'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .orderBy('version', 'desc')
    .execute()
  return rows.find(row => bytesEqual(row.digest, digest))?.version
}

async function ruleThen(core: Core, site: SiteInForce, id: string, version: number): Promise<RuleThen | null> {
  const found = await ruleAt(core, id, version)
  if (found === undefined) return null
  const { body, since } = found
  const brought = await authorOf(core, since)
  return {
    id,
    kind: body.kind,
    sentence: sentenceOf(site, body),
    conditions: conditionSentences(site.model, body.rule.when),
    version: since,
    author: brought.author,
    since: instantText(brought.at),
  }
}

function sentenceOf({ model }: SiteInForce, body: RuleBody): string {
  return body.kind === 'order' ? orderSentence(model, body.rule) : ruleSentence(model, body.rule, body.kind)
}

async function changesAfter(core: Core, id: string, version: number): Promise<readonly LaterChange[]> {
  const changes = await laterChanges(core, id, version)
  return Promise.all(
    changes.map(async change => {
      const { author, at } = await authorOf(core, change.version)
      return { ...change, author, at: instantText(at) }
    }),
  )
}

async function authorOf(core: Core, version: number): Promise<{ readonly author: string; readonly at: number }> {
  const { queries, scope } = core.storage
  return queries
    .selectFrom('site_version')
    .select(['author', 'at'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('version', '=', version)
    .executeTakeFirstOrThrow()
}
