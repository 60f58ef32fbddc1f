import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  type Claims,
  type CommandTarget,
  claimsFromSite,
  type Decision,
  type DirectGrant,
  type Event,
  formatObligation,
  formatReason,
  initialState,
  type ObjectRef,
  type Site,
  type State,
  step,
  type TapEvent,
  type Validity,
  type World,
  wallToInstant,
} from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'
import type { Suite, Verdict } from './suite.ts'

/** A JSON object of a vector file. */
type Json = Readonly<Record<string, unknown>>

/** Suite `decision`: format `edgeward-decision-1`, see vectors/decision/README.md. */
export const decision: Suite = async file => {
  const vectors = JSON.parse(await readFile(file, 'utf8')) as Json
  try {
    known(vectors, ['format', 'about', 'site', 'siteFile', 'cases'])
    if (vectors.format !== 'edgeward-decision-1') throw new VectorError(`unknown format ${String(vectors.format)}`)
  } catch (error) {
    return { verdicts: [{ name: file, ok: false, detail: detailOf(error) }], leftOut: 0 }
  }
  const verdicts: Verdict[] = []
  for (const item of vectors.cases as readonly Json[]) verdicts.push(...(await runCase(item, vectors, file)))
  return { verdicts, leftOut: 0 }
}

/** A vector that says something this suite does not know: a failure of the case, never a skip. */
class VectorError extends Error {
  override name = 'VectorError'
}

async function runCase(item: Json, vectors: Json, file: string): Promise<readonly Verdict[]> {
  const name = String(item.name)
  const verdicts: Verdict[] = []
  try {
    known(item, ['name', 'site', 'siteFile', 'initial', 'events'])
    const source = await loadSite(item.site === undefined && item.siteFile === undefined ? vectors : item, file)
    const initial = (item.initial ?? {}) as Json
    const run = new Run(source, { commissioned: initial.commissioned !== false })
    run.state = stateOf(initial, source.site)
    for (const event of item.events as readonly Json[]) {
      const verdict = event.type === 'bundle' ? run.replace(await loadSite(event, file), event) : run.take(event)
      if (verdict !== undefined) verdicts.push({ ...verdict, name: `${name}: ${verdict.name}` })
    }
  } catch (error) {
    verdicts.push({ name, ok: false, detail: detailOf(error) })
  }
  return verdicts
}

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface SiteSource {
  readonly site: Site
  /** The site as JSON, if the vectors give it so: conditions of direct grants are read by it. */
  readonly json?: Json
}

async function loadSite(from: Json, file: string): Promise<SiteSource> {
  if (from.site !== undefined) return { site: parse(JSON.stringify(from.site), file), json: from.site as Json }
  const path = resolve(dirname(file), String(from.siteFile))
  return { site: parse(await readFile(path, 'utf8'), path) }
}

function parse(text: string, file: string): Site {
  const { site, diagnostics } = parseSiteFile(text, file)
  if (site === undefined)
    throw new VectorError(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('; '))
  return site
}

/** One case on its way: one module that guards everything, one state. */
class Run {
  state: State = initialState()
  #source: SiteSource
  readonly #commissioned: boolean

  constructor(source: SiteSource, { commissioned }: { readonly commissioned: boolean }) {
    this.#source = source
    this.#commissioned = commissioned
  }

  get #world(): World {
    return { site: this.#source.site, commissioned: this.#commissioned }
  }

  replace(next: SiteSource, event: Json): undefined {
    known(event, ['type', 'at', 'site', 'siteFile'])
    const world = { site: next.site, commissioned: this.#commissioned }
    this.state = step(this.#world, this.state, { type: 'bundle', at: instant(event.at, 'UTC', 'from'), world }).state
    this.#source = next
  }

  take(event: Json): Verdict | undefined {
    const given = event.type === 'tap' ? tapOf(event, this.#source) : eventOf(event)
    const result = step(this.#world, this.state, given)
    this.state = result.state
    return result.decision === undefined ? undefined : compare(String(event.id), result.decision, event.expect as Json)
  }
}

function compare(name: string, came: Decision, expect: Json): Verdict {
  known(expect, ['decision', 'by', 'with', 'reasons', 'obligations'])
  const shown: Json = {
    decision: came.decision,
    by: came.by,
    with: came.with,
    reasons: came.reasons.map(formatReason),
    obligations: came.obligations.map(formatObligation),
  }
  const different = Object.keys(shown).filter(
    member => JSON.stringify(shown[member]) !== JSON.stringify(expect[member]),
  )
  if (different.length === 0) return { name, ok: true }
  const text = (value: unknown): string => JSON.stringify(value) ?? 'nothing'
  return {
    name,
    ok: false,
    detail: different.map(m => `${m}: expected ${text(expect[m])}, came ${text(shown[m])}`).join('; '),
  }
}

function stateOf(initial: Json, site: Site): State {
  known(initial, ['commissioned', 'lastContact', 'minimumEpoch', 'locations', 'doors', 'opened'])
  const locations = Object.entries((initial.locations ?? {}) as Record<string, string>)
  return {
    ...initialState(),
    ...(initial.lastContact !== undefined && { lastContact: instant(initial.lastContact, site.site.timeZone, 'from') }),
    minimumEpoch: (initial.minimumEpoch ?? 0) as number,
    locations: Object.fromEntries(locations.map(([person, area]) => [person, { area }])),
    doors: (initial.doors ?? {}) as State['doors'],
    opened: (initial.opened ?? []) as State['opened'],
  }
}

/** Members of each event beside `type` and `at`. */
const eventMembers: Readonly<Record<string, readonly string[]>> = {
  outcome: ['of', 'outcome'],
  context: ['asset', 'area', 'values'],
  door: ['asset', 'state'],
  forgive: ['person', 'everyone'],
  lockdown: ['on', 'active'],
  evacuation: ['on', 'active'],
  revoke: ['credential', 'person'],
  suspend: ['credential', 'person'],
  resume: ['credential', 'person'],
  epoch: ['minimum'],
  contact: [],
  order: ['order', 'state'],
}

const outcomes = ['entered', 'not-entered', 'timed-out', 'actuator-failed', 'session-started', 'session-ended']

/** An event that is no tap: its members are those of the package, but for the instant and what a command covers. */
function eventOf(event: Json): Event {
  const type = String(event.type)
  const members = Object.hasOwn(eventMembers, type) ? eventMembers[type] : undefined
  if (members === undefined) throw new VectorError(`unknown event ${type}`)
  known(event, ['type', 'at', ...members])
  if (type === 'outcome' && !outcomes.includes(String(event.outcome)))
    throw new VectorError(`unknown outcome ${String(event.outcome)}`)
  const { everyone, ...rest } = event
  const person = everyone === true ? { person: 'everyone' } : {}
  const on = event.on === undefined ? {} : { on: targetOf(event.on) }
  return { ...rest, ...person, ...on, at: instant(event.at, 'UTC', 'from') } as Event
}

const targetOf = (on: unknown): CommandTarget => (on === 'site' ? on : objectOf(on))
const objectOf = (on: unknown): ObjectRef => (typeof on === 'string' ? { asset: on } : (on as ObjectRef))

const tapMembers = [
  'type',
  'at',
  'id',
  'person',
  'credential',
  'asset',
  'side',
  'function',
  'proof',
  'clock',
  'factors',
  'context',
  'position',
  'claims',
  'expect',
]

function tapOf(event: Json, source: SiteSource): TapEvent {
  known(event, tapMembers)
  known((event.factors ?? {}) as Json, ['pin', 'phone-biometric', 'reader-biometric'])
  const at = instant(event.at, source.site.site.timeZone, 'from')
  const claims = claimsOf(event, source)
  const position = event.position as Json | undefined
  const taken = ['id', 'asset', 'side', 'function', 'proof', 'clock', 'factors', 'context'].filter(
    member => event[member] !== undefined,
  )
  return {
    ...(Object.fromEntries(taken.map(member => [member, event[member]])) as Pick<TapEvent, 'id' | 'asset'>),
    type: 'tap',
    at,
    ...(claims && { claims }),
    ...(position && { position: positionOf(position, source.site, at) }),
  }
}

function positionOf(position: Json, site: Site, at: number): NonNullable<TapEvent['position']> {
  known(position, ['at', 'zones', 'distance', 'uncertainty', 'side', 'relay'])
  const measured = position.at === undefined ? at : instant(position.at, site.site.timeZone, 'from')
  return { ...position, at: measured, zones: (position.zones ?? []) as readonly string[] }
}

const claimMembers = [
  'credential',
  'person',
  'personValidity',
  'roles',
  'groups',
  'organisation',
  'external',
  'validity',
  'document',
  'epoch',
  'qualifications',
  'directGrants',
  'preferences',
  'extendedTime',
  'robot',
]

/** The claims that the site makes, with the members that the tap replaces. */
function claimsOf(event: Json, source: SiteSource): Claims | undefined {
  const who = {
    ...(event.person !== undefined && { person: String(event.person) }),
    ...(event.credential !== undefined && { credential: String(event.credential) }),
  }
  const replaced = (event.claims ?? {}) as Json
  known(replaced, claimMembers)
  const bySite = claimsFromSite(source.site, who)
  const base =
    bySite ?? (replaced.person === undefined ? undefined : unlistedClaims(String(replaced.person), who.credential))
  return base && { ...base, ...replacements(replaced, source) }
}

/** Claims that name a person whom the site does not list. */
const unlistedClaims = (person: string, credential = ''): Claims => ({
  person,
  credential,
  robot: false,
  roles: [],
  groups: [],
  external: false,
  qualifications: {},
  directGrants: [],
  preferences: {},
  extendedTime: false,
})

function replacements(replaced: Json, source: SiteSource): Partial<Claims> {
  const zone = source.site.site.timeZone
  const read: Readonly<Record<string, (value: unknown) => unknown>> = {
    personValidity: value => validity(value, zone),
    validity: value => validity(value, zone),
    document: value => validity(value, zone),
    roles: value =>
      list(value).map(role =>
        typeof role === 'string' ? { role } : { role: (role as Json).role, ...validity(role, zone) },
      ),
    groups: list,
    qualifications: value =>
      Object.fromEntries(Object.entries(value as Json).map(([id, held]) => [id, qualification(held, zone)])),
    directGrants: value => list(value).map(grant => grantOf(grant as Json, source)),
  }
  return Object.fromEntries(Object.entries(replaced).map(([member, value]) => [member, read[member]?.(value) ?? value]))
}

function qualification(held: unknown, zone: string): Validity {
  if (held === true) return {}
  return typeof held === 'string' ? { to: instant(held, zone, 'to') } : validity(held, zone)
}

function grantOf(grant: Json, source: SiteSource): DirectGrant {
  known(grant, ['id', 'on', 'may', 'from', 'to', 'when', 'sequence', 'grace'])
  const zone = source.site.site.timeZone
  const may = list(grant.may ?? 'all') as readonly string[]
  return {
    id: String(grant.id),
    on: list(grant.on).map(objectOf),
    may: may.includes('all') ? 'all' : may,
    from: instant(grant.from, zone, 'from'),
    to: instant(grant.to, zone, 'to'),
    when: grant.when === undefined ? {} : conditionsOf(grant.when, source),
    ...(grant.sequence !== undefined && { sequence: grant.sequence as number }),
    ...(grant.grace !== undefined && { grace: grant.grace as number }),
  }
}

/** Conditions are read as those of a permission in the same site. */
function conditionsOf(when: unknown, { site, json }: SiteSource): DirectGrant['when'] {
  if (json === undefined) throw new VectorError('a direct grant with conditions needs the site in the vector file')
  const assets = Object.keys(site.assets)
  const permission = { id: 'grant', who: 'everyone', on: assets, may: 'all', when }
  return parse(JSON.stringify({ ...json, permissions: [permission] }), 'direct grant').permissions[0]?.when ?? {}
}

function validity(value: unknown, zone: string): Validity {
  const { from, to } = value as Json
  return {
    ...(from !== undefined && { from: instant(from, zone, 'from') }),
    ...(to !== undefined && { to: instant(to, zone, 'to') }),
  }
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** An instant as in a site file: RFC 3339 with offset, wall time of the site, or a date. site.md section 1. */
function instant(value: unknown, zone: string, end: 'from' | 'to'): number {
  const text = String(value)
  const wall = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
  if (wall === null) {
    const milliseconds = Date.parse(text)
    if (Number.isNaN(milliseconds)) throw new VectorError(`no instant: ${text}`)
    return milliseconds / 1000
  }
  const [, date = '', hour, minute, second = '0'] = wall
  const isDate = hour === undefined
  const minutes = isDate ? (end === 'to' ? 24 * 60 : 0) : Number(hour) * 60 + Number(minute)
  return wallToInstant(zone, { date, minute: minutes, second: Number(second) }, end)
}

function known(value: Json, members: readonly string[]): void {
  const unknown = Object.keys(value).filter(key => !members.includes(key))
  if (unknown.length > 0) throw new VectorError(`unknown members: ${unknown.join(', ')}`)
}
