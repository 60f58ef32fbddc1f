import { isTimeZone } from '../../schedule/zone.ts'
import type { CriticalityLevel, Level, Site } from '../../site.ts'
import { fields, type Reader, readFields, required } from '../fields.ts'
import { quote } from '../node.ts'
import { factors } from '../values/factors.ts'
import { id } from '../values/id.ts'
import { choice, integer, name, text } from '../values/scalars.ts'
import { duration } from '../values/time.ts'

/** An IANA zone in its exact spelling; abbreviations and offsets do not say when the clocks change. */
const timeZone: Reader<string> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined || isTimeZone(value)) return value
  const message = `expected an IANA time zone in its exact spelling such as Europe/Zurich or UTC, got ${quote(value)}.`
  return void scope.report(node.at, 'bad-time-zone', message)
}

/** The `site` section. site.md §2. */
export const header: Reader<Site['site']> = fields(
  {
    id: required(id),
    name,
    timeZone: required(timeZone),
    secondPersonWindow: duration,
    positionMaxAge: duration,
    pinTries: integer({ min: 3, max: 6 }),
    pinLock: duration,
  },
  ({ values }) => ({
    id: values.id ?? '',
    name: values.name ?? values.id ?? '',
    timeZone: values.timeZone ?? 'UTC',
    secondPersonWindow: values.secondPersonWindow ?? 30,
    positionMaxAge: values.positionMaxAge ?? 10,
    pinTries: values.pinTries ?? 5,
    pinLock: values.pinLock ?? 15 * 60,
  }),
)

const day = 86_400

/** What holds for a level of criticality without the section. site.md §2. */
export const defaultCriticality: Readonly<Record<Level, CriticalityLevel>> = {
  1: { factors: [], autonomy: 30 * day, untrustedClock: 'tolerate' },
  2: { factors: [], autonomy: 30 * day, untrustedClock: 'tolerate' },
  3: { factors: [['pin', 'biometric']], autonomy: 7 * day, untrustedClock: 'deny' },
  4: { factors: [['pin', 'biometric'], 'second-person'], autonomy: day, untrustedClock: 'deny' },
}

const level = (defaults: CriticalityLevel): Reader<CriticalityLevel> =>
  fields({ factors, autonomy: duration, untrustedClock: choice('deny', 'tolerate') }, ({ values }) => ({
    factors: values.factors ?? defaults.factors,
    autonomy: values.autonomy ?? defaults.autonomy,
    untrustedClock: values.untrustedClock ?? defaults.untrustedClock,
  }))

const levels = {
  1: level(defaultCriticality[1]),
  2: level(defaultCriticality[2]),
  3: level(defaultCriticality[3]),
  4: level(defaultCriticality[4]),
}

/** The `criticality` section: a key that is given replaces the default of its level. */
export const criticality: Reader<Site['criticality']> = (node, scope) => {
  const read = readFields(node, scope, levels)
  return read && { ...defaultCriticality, ...read.values }
}
