/**
 * What a plant looks like to the console, without a plant: the chemical plant's site file, with modules in every state
 * that the pages must show. Each answer is typed and checked by the contract.
 */
import { readFileSync } from 'node:fs'
import type {
  Assets,
  Credentials,
  DecisionCard,
  EventRow,
  Matrix,
  MatrixCell,
  MatrixRule,
  ModuleHealth,
  Modules,
  People,
  Reason,
  Status,
} from '@edgeward/service/api'
import { parse } from 'yaml'

interface Rule {
  readonly id: string
  readonly who: string | readonly string[]
  readonly on: string | readonly string[] | { readonly area?: string; readonly kind?: string }
  readonly may: string | readonly string[]
  readonly when?: Readonly<Record<string, unknown>>
}
interface SiteFile {
  readonly site: { readonly id: string; readonly name: string; readonly timeZone: string }
  readonly areas: Readonly<Record<string, { readonly name: string; readonly in?: string }>>
  readonly kinds: Readonly<Record<string, { readonly name?: string; readonly functions: readonly string[] }>>
  readonly assets: Readonly<
    Record<string, { readonly name: string; readonly in: string; readonly kind: string; readonly criticality?: number }>
  >
  readonly modules: Readonly<
    Record<string, { readonly name?: string; readonly guards: string | readonly string[]; readonly autonomy?: string }>
  >
  readonly roles: Readonly<Record<string, { readonly name: string; readonly external?: boolean }>>
  readonly people: Readonly<
    Record<
      string,
      {
        readonly name: string
        readonly roles: string | readonly (string | { readonly role: string })[]
        readonly credentials: Readonly<Record<string, { readonly type?: 'card' | 'phone'; readonly state?: string }>>
      }
    >
  >
  readonly permissions: readonly Rule[]
  readonly prohibitions: readonly Rule[]
}

const file = new URL('../../../vectors/plant/chemical-plant.yaml', import.meta.url)
const site = parse(readFileSync(file, 'utf8')) as SiteFile

/** Tuesday, 24 November 2026, 14:07 in Zurich: the late shift. */
export const fixtureNow = Date.parse('2026-11-24T13:07:00Z')
const at = (secondsAgo: number): string => `${new Date(fixtureNow - secondsAgo * 1000).toISOString().slice(0, 19)}Z`
const minute = 60
const hour = 3_600
const day = 86_400

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])
const nameOf = (id: string): string => id[0]?.toUpperCase() + id.slice(1).replaceAll('-', ' ')
const asset = (id: string): { id: string; name: string } => ({ id, name: site.assets[id]?.name ?? id })

export const status: Status = {
  site: site.site,
  siteVersion: 3,
  epoch: 2,
  simulated: true,
  clock: { now: at(0), quality: 'synchronised', simulated: true },
  keys: {
    home: 'software',
    isHsm: false,
    sentence:
      'This is not an HSM: the keys lie in a software key store on this machine, and whoever has its disk and its secret has the keys.',
    hostTouches: ['every private key, while it is used'],
  },
  counts: { people: 31, robots: 2, assets: 27, credentials: 34, enrolled: 33, rules: 82 },
  modules: { total: 10, commissioned: 10, connected: 8, current: 8, waiting: ['edge-tanks', 'edge-forklift-2'] },
  blocks: {
    revoked: 2,
    suspended: 1,
    version: 4,
    inForceEverywhere: false,
    waiting: ['edge-tanks', 'edge-forklift-2'],
  },
  withoutService: {
    leastAutonomySeconds: 2 * day,
    sentence: 'Taps, schedules and blocks go on at every module; the first to stop is the chemical safe, after 2 days.',
  },
  records: { received: 4_812, gaps: 1, alarms: 0, lastAt: at(4) },
  database: { state: 'up', kind: 'embedded', version: '18.4' },
  broker: { state: 'up', address: '127.0.0.1:42117', clients: 8 },
  restore: null,
  rulesNotInForce: [
    { rule: 'R8', what: 'Passkeys, step-up and second approvals for grants at criticality 3 and 4.' },
    { rule: 'R9', what: 'Modules as witnesses of the log: checkpoints come with the Merkle tree.' },
    { rule: 'R16', what: 'Sealed authority for a local page while the service is away.' },
  ],
}

const words = 'copper lantern walnut orbit sable meadow'

function moduleHealth(id: string, index: number): ModuleHealth {
  const { name = id, guards } = site.modules[id] ?? { guards: [] }
  const effect = { desired: 4, effective: 4, effectiveAt: at(40 * minute + index) }
  const health: ModuleHealth = {
    id,
    name,
    guards: list(guards).map(asset),
    keyGroup: 'main',
    autonomySeconds: id === 'edge-reactor-2' ? 7 * day : 30 * day,
    commissionedAt: at(6 * day + index * minute),
    fingerprint: words,
    link: 'connected',
    lastContact: at(7 + index),
    bundle: effect,
    revocations: effect,
    keys: { desired: 1, effective: 1, effectiveAt: at(6 * day) },
    clock: { quality: 'synchronised', offsetMs: index * 3 - 8, at: at(20) },
    records: { chainEpoch: 1, last: 120 + index * 37, acknowledged: 120 + index * 37, free: 98_000, gaps: [] },
    home: 'software',
    simulated: true,
    refused: { total: 0, reasons: {}, lastAt: null },
    alarms: [],
    waiting: 0,
    readerCertificateUntil: at(-30 * day),
  }
  switch (id) {
    case 'edge-tanks':
      return {
        ...health,
        link: 'away',
        lastContact: at(3 * hour + 12 * minute),
        revocations: { ...effect, effective: 3, effectiveAt: at(2 * day) },
        records: {
          ...health.records,
          last: 318,
          acknowledged: 305,
          gaps: [{ chainEpoch: 1, first: 306, last: 309, since: at(3 * hour) }],
        },
        waiting: 2,
      }
    case 'edge-forklift-2':
      return { ...health, link: 'away', lastContact: at(26 * minute), bundle: { ...effect, effective: 3 }, waiting: 1 }
    case 'edge-lab':
      return { ...health, clock: { quality: 'drifting', offsetMs: 6_420, at: at(20) } }
    case 'edge-warehouse':
      return {
        ...health,
        refused: { total: 3, reasons: { 'authentication-failed': 2, replay: 1 }, lastAt: at(52 * minute) },
      }
    default:
      return health
  }
}

export const modules: Modules = { modules: Object.keys(site.modules).map(moduleHealth) }

const roleIds = (roles: string | readonly (string | { readonly role: string })[]): readonly string[] =>
  (typeof roles === 'string' ? [roles] : roles).map(role => (typeof role === 'string' ? role : role.role))
const namedRole = (id: string): { id: string; name: string } => ({ id, name: site.roles[id]?.name ?? id })

export const people: People = {
  people: Object.entries(site.people).map(([id, { name, roles, credentials }]) => ({
    id,
    name,
    kind: 'person',
    external: roleIds(roles).some(role => site.roles[role]?.external === true),
    organisation: null,
    roles: roleIds(roles).map(namedRole),
    credentials: Object.keys(credentials).length,
    blocked: 0,
    enrolled: Object.keys(credentials).length,
  })),
}

export const credentials: Credentials = {
  credentials: Object.entries(site.people).flatMap(([person, { name, credentials }]) =>
    Object.entries(credentials).map(([id, { type = 'card', state = 'active' }]) => ({
      id,
      credential: '0123456789abcdef',
      person: { id: person, name },
      type,
      heldBy: 'phone wallet',
      state: state === 'suspended' || state === 'revoked' ? state : ('active' as const),
      blocked: state === 'active' ? null : { reason: 'lost', by: 'local:0', at: at(2 * day) },
      validity: { from: null, to: null },
      enrolledAt: at(6 * day),
      hasPin: true,
    })),
  ),
}

const moduleOf = (id: string): string | null =>
  Object.entries(site.modules).find(([, { guards }]) => list(guards).includes(id))?.[0] ?? null

export const assets: Assets = {
  assets: Object.entries(site.assets).map(([id, { name, in: area, kind, criticality }]) => ({
    id,
    name,
    kind: { id: kind, name: nameOf(kind) },
    area: { id: area, name: site.areas[area]?.name ?? area },
    functions: site.kinds[kind]?.functions ?? ['open'],
    criticality: criticality ?? 1,
    failSafe: true,
    module: moduleOf(id),
  })),
}

function areaPath(id: string | undefined): readonly { id: string; name: string }[] {
  const area = id === undefined ? undefined : site.areas[id]
  return id === undefined || area === undefined ? [] : [...areaPath(area.in), { id, name: area.name }]
}

function isOn({ on }: Rule, id: string): boolean {
  if (typeof on === 'string' || Array.isArray(on)) return list<string>(on).includes(id)
  const { area, kind } = on as { readonly area?: string; readonly kind?: string }
  const { in: place, kind: own } = site.assets[id] ?? {}
  return (kind === undefined || kind === own) && (area === undefined || areaPath(place).some(({ id }) => id === area))
}

/** The words are the service's; here they only have about the right length. */
const conditionText = ([name, value]: readonly [string, unknown]): string =>
  `${nameOf(name)} is ${JSON.stringify(value)
    .replaceAll(/["{}[\]]/g, '')
    .replaceAll(/[:,]/g, '$& ')}`

function ruleBehind(rule: Rule, kind: MatrixRule['kind'], role: string): MatrixRule {
  const crew = list(rule.who).find(who => who.startsWith('crew-'))
  return {
    id: rule.id,
    kind,
    functions: list(rule.may),
    conditions: Object.entries(rule.when ?? {}).map(conditionText),
    through: role === 'operator' && crew !== undefined ? { id: crew, name: nameOf(crew) } : null,
  }
}

function cellOf(role: string, id: string): readonly MatrixCell[] {
  const names = ({ who }: Rule): boolean =>
    list(who).some(one => one === role || one === 'everyone' || (role === 'operator' && one.startsWith('crew-')))
  const of = (rules: readonly Rule[], kind: MatrixRule['kind']): readonly MatrixRule[] =>
    rules.filter(rule => names(rule) && isOn(rule, id)).map(rule => ruleBehind(rule, kind, role))
  const permissions = of(site.permissions, 'permission')
  const rules = [...permissions, ...of(site.prohibitions, 'prohibition')]
  if (rules.length === 0) return []
  const unconditional = permissions.some(({ conditions }) => conditions.length === 0)
  const mark = permissions.length === 0 ? 'prohibited' : unconditional ? 'x' : '(x)'
  return [{ role, asset: id, mark, rules }]
}

const areaOrder = Object.keys(site.areas)

export const matrix: Matrix = {
  version: 3,
  roles: Object.entries(site.roles).map(([id, { name, external = false }]) => ({ id, name, external })),
  columns: Object.entries(site.assets)
    .toSorted(([, a], [, b]) => areaOrder.indexOf(a.in) - areaOrder.indexOf(b.in) || a.kind.localeCompare(b.kind))
    .map(([id, { name, in: area, kind }]) => ({
      asset: id,
      name,
      kind: { id: kind, name: nameOf(kind) },
      areas: areaPath(area),
    })),
  cells: Object.keys(site.roles).flatMap(role => Object.keys(site.assets).flatMap(id => cellOf(role, id))),
}

const reason = (code: string, parameter: string | null = null): Reason => ({
  code,
  parameter,
  text: nameOf(code),
})

interface Attempt {
  readonly person: string | null
  readonly asset: string
  readonly function: string
  readonly by?: string
  readonly reasons?: readonly Reason[]
  readonly outcome?: string
  readonly side?: 'in' | 'out'
}

/** Attempts that a shift sees, again and again. */
const attempts: readonly Attempt[] = [
  { person: 'hana', asset: 'reactor-2', function: 'operate', by: 'operator-12', outcome: 'session-started' },
  {
    person: 'ivo',
    asset: 'reactor-2',
    function: 'operate',
    reasons: [
      reason('factor-required', 'pin'),
      reason('qualification-missing', 'reactor-licence'),
      reason('not-in-zone'),
    ],
  },
  {
    person: 'coco',
    asset: 'reactor-1',
    function: 'clean',
    reasons: [reason('machine-state', 'running'), reason('prohibited', 'no-service-while-running')],
  },
  { person: 'gil', asset: 'gate-main', function: 'open', by: 'operator-1-late', outcome: 'entered', side: 'in' },
  { person: 'ada', asset: 'gate-main', function: 'open', by: 'operator-1-early', outcome: 'not-entered', side: 'out' },
  { person: 'anton', asset: 'server-door', function: 'open', reasons: [reason('escort-required')], side: 'in' },
  { person: 'vera', asset: 'analyser-1', function: 'calibrate', by: 'quality-11', outcome: 'session-ended' },
  {
    person: 'sam',
    asset: 'tank-outer',
    function: 'open',
    reasons: [reason('outside-schedule', '2026-11-25T06:00:00Z'), reason('order-missing')],
    side: 'in',
  },
  { person: null, asset: 'office-door', function: 'open', reasons: [reason('unknown-credential')], side: 'in' },
  { person: 'jana', asset: 'line-1', function: 'operate', by: 'operator-13', outcome: 'session-started' },
  { person: 'fay', asset: 'hall-door', function: 'open', reasons: [reason('suspended')], side: 'in' },
  { person: 'cleo', asset: 'lab-door', function: 'open', by: 'finance-3', outcome: 'actuator-failed', side: 'in' },
  {
    person: 'kofi',
    asset: 'reactor-1',
    function: 'operate',
    reasons: [reason('qualification-expired', 'reactor-licence'), reason('factor-required', 'pin')],
  },
]

const decisionIds = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const idOf = (number: number): string =>
  Array.from({ length: 10 }, (_, digit) => decisionIds[(number * 7 + digit * 11) % 32]).join('')

/** The event with this number, made `secondsAgo`. Numbers are cursors. */
export function event(number: number, secondsAgo: number): EventRow {
  const attempt = attempts[number % attempts.length] ?? { person: null, asset: 'gate-main', function: 'open' }
  const person = attempt.person === null ? undefined : site.people[attempt.person]
  const permitted = attempt.by !== undefined
  const late = number % 17 === 5
  return {
    cursor: String(number),
    kind: 'decision',
    at: at(secondsAgo + (late ? 14 * minute : 0)),
    receivedAt: at(secondsAgo),
    clockQuality: 'synchronised',
    simulated: true,
    module: moduleOf(attempt.asset) ?? 'edge-gate',
    number,
    decisionId: idOf(number),
    asset: asset(attempt.asset),
    side: attempt.side ?? null,
    function: attempt.function,
    decision: permitted ? 'permit' : 'deny',
    by: attempt.by ?? null,
    reasons: attempt.reasons ?? [reason('permitted')],
    obligations: permitted ? ['session(2026-11-24T21:07:00Z)', 'preferences(reactor)', 'log(position)'] : [],
    factors: attempt.asset === 'reactor-2' && permitted ? { pin: 'ok' } : {},
    person: person && attempt.person !== null ? { id: attempt.person, name: person.name } : null,
    credential: person ? (Object.keys(person.credentials)[0] ?? null) : null,
    outcome: attempt.outcome ?? null,
    event: null,
    actor: null,
    detail: {},
  }
}

/** A change that somebody made: a row that is no decision. */
export function configurationEvent(number: number, secondsAgo: number): EventRow {
  return {
    ...event(number, secondsAgo),
    kind: 'configuration',
    module: 'service',
    decisionId: null,
    asset: null,
    side: null,
    function: null,
    decision: null,
    by: null,
    reasons: [],
    obligations: [],
    person: null,
    credential: null,
    outcome: null,
    event: 'site-applied',
    actor: 'Rosa Kern',
    detail: { version: '3' },
  }
}

/** How many events the plant has seen before a test begins. */
export const pastEvents = 130
export const history: readonly EventRow[] = Array.from({ length: pastEvents }, (_, index) => {
  const number = pastEvents - index
  return number % 29 === 3 ? configurationEvent(number, index * 41 + 4) : event(number, index * 41 + 4)
})

/** The card of an event. */
export function card(row: EventRow): DecisionCard {
  return {
    event: row,
    timeZone: site.site.timeZone,
    rule:
      row.by === null
        ? null
        : {
            id: row.by,
            kind: 'permission',
            sentence: 'Operators may view, operate and set recipe at every reactor.',
            conditions: [
              'The PIN is presented.',
              'The proof “reactor-licence” is valid.',
              'The holder stands in the zone “Marked floor at the reactors”.',
            ],
            version: 2,
            author: 'Rosa Kern',
            since: at(3 * day),
          },
    laterChanges: row.by === null ? [] : [{ change: 'changed', version: 3, author: 'Theo Brandt', at: at(2 * hour) }],
    withPerson: null,
    position: row.asset?.id === 'reactor-2' ? 'Marked floor at the reactors, ±0.2 m' : null,
    versions: { site: 2, siteDigest: 'a3'.repeat(32), bundle: 3, revocations: 4, epoch: 2, documentEpoch: 2 },
    trace: [
      { what: 'schedule late', value: 'holds until 2026-11-24T21:00:00Z' },
      { what: 'machine.state', value: 'running, 4 s old, from simulation' },
      { what: 'position.zones', value: 'reactor-pad' },
    ],
    outcome: row.outcome === null ? null : { outcome: row.outcome, at: row.receivedAt, number: row.number + 1 },
    record: {
      module: { id: row.module, name: row.module },
      chainEpoch: 1,
      number: row.number,
      head: '5f'.repeat(32),
      digest: 'c0de'.repeat(16),
      signedByModule: true,
    },
  }
}
