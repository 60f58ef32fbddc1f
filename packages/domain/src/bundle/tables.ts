import { parseExpression } from '../context-language/parse.ts'
import { weekdays } from '../schedule/local-date.ts'
import { parseRecurrence } from '../schedule/recurrence.ts'
import { isTimeZone } from '../schedule/zone.ts'
import type {
  Area,
  Asset,
  Conditions,
  CriticalityLevel,
  Factor,
  FactorEntry,
  FactorPolicy,
  Functions,
  Holidays,
  Kind,
  Level,
  ModuleSpec,
  ObjectRef,
  Order,
  Organisation,
  Permission,
  Prohibition,
  Schedule,
  ScheduleException,
  Session,
  Site,
  Subject,
  Validity,
  Window,
} from '../site.ts'
import {
  type Codec,
  checked,
  flag,
  list,
  listOr,
  number,
  object,
  oneOf,
  optional,
  record,
  text,
  textThat,
} from './codec.ts'

/** What the bytes of a bundle hold: the part of the site that one module needs. Lists no people. */
export interface Tables {
  readonly module: string
  readonly site: BundleSite
  /** Person reference → id of the site file. */
  readonly names?: Readonly<Record<string, string>>
  /** By credential reference; missing: active. */
  readonly credentialStates: Readonly<Record<string, 'suspended' | 'revoked'>>
}

/** The members of a site that a module's bundle carries. */
export type BundleSite = Omit<Site, 'people' | 'robots' | 'zones'>

const texts = list(text)
const date = textThat('a date', value => /^\d{4}-\d{2}-\d{2}$/.test(value))
const validity = object<Validity>({ from: optional(number), to: optional(number) })

const oneMember = (value: object): boolean => Object.keys(value).length === 1

type SubjectMembers = {
  readonly everyone?: true
  readonly role?: string
  readonly group?: string
  readonly person?: string
  readonly robot?: string
  readonly organisation?: string
}

const subject = checked(
  object<SubjectMembers>({
    everyone: optional({ write: () => true, read: everyone }),
    role: optional(text),
    group: optional(text),
    person: optional(text),
    robot: optional(text),
    organisation: optional(text),
  }),
  'one subject',
  oneMember,
) as Codec<Subject>

function everyone(value: Parameters<typeof flag.read>[0], place: string): true {
  flag.read(value, place)
  return true
}

type ObjectMembers = { readonly asset?: string; readonly area?: string; readonly kind?: string }

const objectRef = checked(
  object<ObjectMembers>({ asset: optional(text), area: optional(text), kind: optional(text) }),
  'an asset, or an area, a kind or both',
  value => oneMember(value) || (value.asset === undefined && value.area !== undefined && value.kind !== undefined),
) as Codec<ObjectRef>

const functions: Codec<Functions> = listOr(texts, oneOf('all'))
const factor = oneOf<Factor>('possession', 'pin', 'phone-biometric', 'reader-biometric', 'biometric', 'second-person')
const factors = list<FactorEntry>(listOr(list(factor), factor))

const holidays = object<Holidays>({ mode: oneOf('exclude', 'include', 'only'), calendars: texts })
const span = { from: number, to: number }
const recurrence = object<NonNullable<Window['recurrence']>>({
  start: date,
  rule: textThat('a recurrence rule', rule => parseRecurrence(rule).ok),
})
const window = object<Window>({
  days: optional(list(oneOf(...weekdays))),
  recurrence: optional(recurrence),
  ...span,
  holidays: optional(holidays),
})
const exception = object<ScheduleException>({
  from: date,
  to: date,
  windows: list(object<ScheduleException['windows'][number]>(span)),
})
const schedule = object<Schedule>({
  valid: optional(object<NonNullable<Schedule['valid']>>({ from: optional(date), to: optional(date) })),
  windows: list(window),
  holidays: optional(holidays),
  exceptions: list(exception),
})

const expression = textThat('an expression', source => parseExpression(source).ok)
const namedExpression = object<NonNullable<Conditions['context']>[number]>({ name: text, expression })
const conditions = object<Conditions>({
  from: optional(number),
  to: optional(number),
  schedule: optional(texts),
  factors: optional(factors),
  zone: optional(texts),
  within: optional(number),
  context: optional(list(namedExpression)),
  machineState: optional(texts),
  qualification: optional(texts),
  order: optional(list(oneOf('work-order', 'permit-to-work', 'booking', 'transport-order', 'visit'))),
  escort: optional(list(subject)),
  quota: optional(
    object<NonNullable<Conditions['quota']>>({ uses: number, per: oneOf('day', 'week', 'month', 'total') }),
  ),
  rest: optional(object<NonNullable<Conditions['rest']>>({ minimum: number, break: number })),
})

const rule = { id: text, who: list(subject), on: list(objectRef), may: functions }
const permission = object<Permission>({
  ...rule,
  when: conditions,
  override: flag,
  log: optional(oneOf('position')),
  obligations: object<Permission['obligations']>({ notice: texts, alarm: optional(oneOf('silent')) }),
})
const prohibition = object<Prohibition>({
  ...rule,
  when: object<Prohibition['when']>({
    schedule: optional(texts),
    from: optional(number),
    to: optional(number),
    zone: optional(texts),
    context: optional(list(namedExpression)),
    machineState: optional(texts),
  }),
})
const factorPolicy = object<FactorPolicy>({
  ...rule,
  when: object<FactorPolicy['when']>({ schedule: optional(texts), outside: optional(texts) }),
  factors,
})
const order = object<Order>({
  name: text,
  place: number,
  type: oneOf('work-order', 'permit-to-work', 'booking', 'transport-order', 'visit'),
  who: list(subject),
  on: list(objectRef),
  may: functions,
  from: number,
  to: number,
  state: oneOf('open', 'closed'),
  grants: flag,
  when: conditions,
  load: optional(text),
  pickUp: optional(text),
  deliver: optional(text),
  host: optional(text),
})

const level = oneOf<Level>(1, 2, 3, 4)
const session = object<Session>({
  max: number,
  idle: optional(number),
  exclusive: listOr(texts, oneOf('all', 'none')),
  end: oneOf('at-once', 'after-cycle'),
})
const area = object<Area>({
  name: text,
  in: optional(text),
  antiPassback: optional(
    object<NonNullable<Area['antiPassback']>>({
      mode: oneOf('hard', 'soft', 'timed'),
      for: optional(number),
      exempt: list(subject),
    }),
  ),
  occupancy: optional(number),
  twoPersonRule: flag,
  firstPersonIn: optional(list(subject)),
})
const kind = object<Kind>({
  name: text,
  functions: texts,
  declared: flag,
  criticality: optional(level),
  failSafe: optional(flag),
  autonomy: optional(number),
  session: optional(session),
})
const asset = object<Asset>({
  name: text,
  in: text,
  kind: text,
  functions: texts,
  criticality: level,
  failSafe: flag,
  autonomy: optional(number),
  sides: optional(object<NonNullable<Asset['sides']>>({ in: text, out: text })),
  door: optional(object<NonNullable<Asset['door']>>({ unlock: number, extended: number, heldOpen: number })),
  passage: optional(texts),
  egress: optional(oneOf('free', 'supervised')),
  session: optional(session),
})
const criticality = object<CriticalityLevel>({ factors, autonomy: number, untrustedClock: oneOf('deny', 'tolerate') })
const moduleSpec = object<ModuleSpec>({
  name: text,
  guards: texts,
  autonomy: number,
  keyGroup: text,
  readers: record(object<ModuleSpec['readers'][string]>({ asset: text, side: oneOf('in', 'out') })),
})

const site = object<BundleSite>({
  site: object<Site['site']>({
    id: text,
    name: text,
    timeZone: textThat('a time zone that this platform knows', isTimeZone),
    secondPersonWindow: number,
    positionMaxAge: number,
    pinTries: number,
    pinLock: number,
  }),
  criticality: object<Site['criticality']>({ 1: criticality, 2: criticality, 3: criticality, 4: criticality }),
  calendars: record(list(date)),
  schedules: record(schedule),
  areas: record(area),
  kinds: record(kind),
  assets: record(asset),
  context: optional(
    record(
      object<NonNullable<Site['context']>[string]>({
        type: optional(oneOf('bool', 'int', 'double', 'string')),
        maxAge: optional(number),
        unit: optional(text),
        name: optional(text),
      }),
    ),
  ),
  modules: record(moduleSpec),
  organisations: record(object<Organisation>({ name: text, validity: optional(validity), active: flag })),
  roles: record(object<Site['roles'][string]>({ name: text, external: flag })),
  groups: record(object<Site['groups'][string]>({ name: text, members: texts })),
  orders: record(order),
  permissions: list(permission),
  prohibitions: list(prohibition),
  factorPolicies: list(factorPolicy),
  positionLogging: list(object<Site['positionLogging'][number]>({ who: list(subject), on: list(objectRef) })),
  interlocks: list(object<Site['interlocks'][number]>({ id: text, doors: texts })),
})

/** Form of the bytes behind the version. */
export const tables: Codec<Tables> = object<Tables>({
  module: text,
  site,
  names: optional(record(text)),
  credentialStates: record(oneOf('suspended', 'revoked')),
})
