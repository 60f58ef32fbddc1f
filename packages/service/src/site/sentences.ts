/** Rules in words, as an administrator reads them. Plain English; ids where the site file has no name. */
import type {
  Conditions,
  FactorEntry,
  Functions,
  ObjectRef,
  Order,
  Permission,
  Prohibition,
  Site,
  Subject,
} from '@edgeward/domain'

/** The words depend on names and the time zone of the site. */
export type Words = Pick<
  Site,
  'site' | 'roles' | 'groups' | 'people' | 'robots' | 'organisations' | 'assets' | 'areas' | 'kinds' | 'zones'
>

/** "Operators may view, operate on every reactor". */
export function ruleSentence(words: Words, rule: Permission | Prohibition, kind: 'permission' | 'prohibition'): string {
  const verb = kind === 'permission' ? 'may' : 'must not'
  const override = 'override' in rule && rule.override ? ', also in lockdown' : ''
  return `${subjects(words, rule.who)} ${verb} ${functionsText(rule.may)} on ${objects(words, rule.on)}${override}`
}

/** The same for an order that grants. */
export function orderSentence(words: Words, order: Order): string {
  const period = `from ${wallTime(words, order.from)} to ${wallTime(words, order.to)}`
  return `${subjects(words, order.who)} may ${functionsText(order.may)} on ${objects(words, order.on)} ${period}`
}

/** One sentence for each condition, in the order in which they are looked at (site.md §3). Empty: none. */
export function conditionSentences(words: Words, when: Conditions): readonly string[] {
  return [
    ...(when.from === undefined ? [] : [`from ${wallTime(words, when.from)}`]),
    ...(when.to === undefined ? [] : [`until ${wallTime(words, when.to)}`]),
    ...(when.schedule === undefined ? [] : [`while the schedule ${either(when.schedule)} holds`]),
    ...(when.factors ?? []).map(factorSentence),
    ...(when.zone === undefined ? [] : [`standing in ${either(when.zone.map(id => named(words.zones, id)))}`]),
    ...(when.within === undefined ? [] : [`within ${when.within} m`]),
    ...(when.context ?? []).map(({ name, expression }) =>
      name === 'context' ? `only if ${expression}` : `only if ${expression} (${name})`,
    ),
    ...(when.machineState === undefined ? [] : [`while the machine is ${either(when.machineState)}`]),
    ...(when.qualification ?? []).map(id => `with the qualification ${id}`),
    ...(when.order === undefined ? [] : [`with an open ${either(when.order.map(type => type.replaceAll('-', ' ')))}`]),
    ...(when.escort === undefined ? [] : [`escorted by ${subjects(words, when.escort)}`]),
    ...(when.quota === undefined ? [] : [quotaSentence(when.quota)]),
    ...(when.rest === undefined ? [] : [restSentence(when.rest)]),
  ]
}

/** `all` stands alone. */
export function functionList(may: Functions): readonly string[] {
  return may === 'all' ? ['all'] : may
}

/** The wall time of the site: `2026-11-24 09:00`. */
export function wallTime({ site }: Pick<Site, 'site'>, instant: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: site.timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(instant * 1000)
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find(candidate => candidate.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`
}

function functionsText(may: Functions): string {
  return may === 'all' ? 'do everything' : and(may)
}

function subjects(words: Words, who: readonly Subject[]): string {
  return and(who.map(subject => subjectText(words, subject)))
}

function subjectText(words: Words, subject: Subject): string {
  if ('everyone' in subject) return 'everyone'
  if ('role' in subject) return named(words.roles, subject.role)
  if ('group' in subject) return named(words.groups, subject.group)
  if ('person' in subject) return named(words.people, subject.person)
  if ('robot' in subject) return named(words.robots, subject.robot)
  return `people of ${named(words.organisations, subject.organisation)}`
}

function objects(words: Words, on: readonly ObjectRef[]): string {
  return and(on.map(object => objectText(words, object)))
}

function objectText(words: Words, object: ObjectRef): string {
  if ('asset' in object) return named(words.assets, object.asset)
  const kind = object.kind === undefined ? 'everything' : `every ${named(words.kinds, object.kind).toLowerCase()}`
  return 'area' in object ? `${kind} in ${named(words.areas, object.area)}` : kind
}

const factorNames: Readonly<Record<string, string>> = {
  possession: 'the credential',
  pin: 'PIN',
  'phone-biometric': 'biometric on the phone',
  'reader-biometric': 'biometric at the reader',
  biometric: 'biometric',
  'second-person': 'a second person',
}

function factorSentence(entry: FactorEntry): string {
  const alternatives = typeof entry === 'string' ? [entry] : entry
  return `with ${either(alternatives.map(factor => factorNames[factor] ?? factor))}`
}

function quotaSentence({ uses, per }: NonNullable<Conditions['quota']>): string {
  const times = uses === 1 ? 'once' : `${uses} times`
  return per === 'total' ? `at most ${times} in all` : `at most ${times} a ${per}`
}

function restSentence({ minimum, break: pause }: NonNullable<Conditions['rest']>): string {
  return `after ${hours(minimum)} of rest (a break up to ${hours(pause)} is none)`
}

function hours(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`
}

function named(table: Readonly<Record<string, { readonly name: string }>>, id: string): string {
  return Object.hasOwn(table, id) ? (table[id]?.name ?? id) : id
}

function and(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function either(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}
