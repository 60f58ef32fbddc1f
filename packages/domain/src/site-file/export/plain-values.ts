import { dateOf, dayOf, secondsPerDay, weekdays } from '../../schedule/local-date.ts'
import { instantToWall } from '../../schedule/zone.ts'
import type { FactorEntry, Functions, Instant, Minute, ObjectRef, Subject, Validity, Weekday } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { type PeriodEnd, parseInstant } from '../values/instant.ts'
import type { Plain, PlainMap } from './emit.ts'

/** A list as people write it: one item without brackets, unless it is a list itself. */
export function plainList<T>(items: readonly T[], plain: (item: T) => Plain): Plain {
  const [only, ...more] = items
  if (only === undefined || more.length > 0) return items.map(plain)
  const item = plain(only)
  return Array.isArray(item) ? [item] : item
}

/** A list that is left out if it is empty. */
export const plainListOrNone = <T>(items: readonly T[], plain: (item: T) => Plain): Plain | undefined =>
  items.length === 0 ? undefined : plainList(items, plain)

export const itself = (text: string): Plain => text

/** The value, or nothing where it is the default. */
export const unless = <T>(value: T, isDefault: T): T | undefined => (value === isDefault ? undefined : value)

/** A mapping, or nothing if nothing is in it. */
export const unlessEmpty = (map: PlainMap): PlainMap | undefined =>
  Object.values(map).some(value => value !== undefined) ? map : undefined

/** A record with every value made plain; nothing if the record is empty. */
export function plainRecord<T>(
  values: Readonly<Record<string, T>>,
  plain: (value: T, id: string) => Plain,
): PlainMap | undefined {
  const entries = Object.entries(values).map(([id, value]) => [id, plain(value, id)] as const)
  if (entries.length === 0) return undefined
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

/** A duration in its largest whole unit. */
export function plainDuration(seconds: number): string {
  if (seconds === 0) return '0s'
  const [unit, size] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}
const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

export function plainTime(minute: Minute): string {
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`
}

const digits = (value: number): string => String(value).padStart(2, '0')

/**
 * An instant in the shortest form that means it: a date, a wall time of the site, or UTC where the wall time is
 * ambiguous.
 */
export function plainInstant(instant: Instant, end: PeriodEnd, timeZone: string): string {
  const wall = instantToWall(timeZone, instant)
  const date = end === 'from' ? wall.date : dateOf(dayOf(wall.date) - 1)
  const seconds = wall.second === 0 ? '' : `:${digits(wall.second)}`
  const forms = [date, `${wall.date}T${plainTime(wall.minute)}${seconds}`]
  return forms.find(form => parseInstant(form, { end, timeZone }) === instant) ?? withOffset(instant)
}

/** UTC, or another offset where the year would have more than four digits in UTC. */
function withOffset(instant: Instant): string {
  for (const [offset, sign] of [
    ['Z', 0],
    ['-23:59', -1],
    ['+23:59', 1],
  ] as const) {
    const local = instant + sign * widestOffset
    const day = Math.floor(local / secondsPerDay)
    const second = local - day * secondsPerDay
    const text = `${dateOf(day)}T${plainTime(Math.floor(second / 60))}:${digits(second % 60)}${offset}`
    if (parseInstant(text, { end: 'from', timeZone: 'UTC' }) === instant) return text
  }
  throw new RangeError(`the instant ${instant} cannot be written in a site file`)
}
const widestOffset = (23 * 60 + 59) * 60

export function plainPeriod({ from, to }: Validity, timeZone: string): PlainMap {
  return {
    from: from === undefined ? undefined : plainInstant(from, 'from', timeZone),
    to: to === undefined ? undefined : plainInstant(to, 'to', timeZone),
  }
}

/** Weekdays with runs of three and more as ranges. */
export function plainDays(days: readonly Weekday[]): Plain {
  if (days.length === weekdays.length) return 'daily'
  const runs: Weekday[][] = []
  for (const day of weekdays.filter(known => days.includes(known))) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run !== undefined && last !== undefined && weekdays.indexOf(last) + 1 === weekdays.indexOf(day)) run.push(day)
    else runs.push([day])
  }
  return plainList(
    runs.flatMap(run => (run.length < 3 ? run : [`${run[0]}-${run.at(-1)}`])),
    itself,
  )
}

export function plainSubject(subject: Subject): Plain {
  if ('everyone' in subject) return builtIn.subject
  if ('organisation' in subject) return { organisation: subject.organisation }
  // These four share one namespace, so the bare id says it.
  if ('role' in subject) return subject.role
  if ('group' in subject) return subject.group
  return 'person' in subject ? subject.person : subject.robot
}

export function plainObject(object: ObjectRef): Plain {
  if ('asset' in object) return object.asset
  return 'area' in object ? { area: object.area, kind: object.kind } : { kind: object.kind }
}

export const plainSubjects = (subjects: readonly Subject[]): Plain => plainList(subjects, plainSubject)
export const plainObjects = (objects: readonly ObjectRef[]): Plain => plainList(objects, plainObject)
export const plainFunctions = (functions: Functions): Plain =>
  functions === 'all' ? builtIn.function : plainList(functions, itself)
export const plainFactors = (factors: readonly FactorEntry[]): Plain =>
  factors.map(entry => (typeof entry === 'string' ? entry : [...entry]))
