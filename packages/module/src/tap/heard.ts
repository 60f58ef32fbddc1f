/**
 * What the ports have said, as far as it can be meant (T25). A port that answers with something else altogether has
 * failed; a single value that cannot be one is missing, and whatever needs it does not permit.
 */
import type { ContactState, DatedValue, Fix } from '../ports.ts'

/** A source's clock may be so far before ours; what is dated later is not known yet. */
export const datedAheadSeconds: number = 5 * 60

type Values = Readonly<Record<string, DatedValue>>

/** Throws a TypeError for what is no map of places. */
export function heardContext(said: unknown, now: number): Readonly<Record<string, Values>> {
  return checked(said, 'sensors', values => (isMap(values) ? checked(values, 'sensors', dated) : undefined))

  function dated(value: unknown): DatedValue | undefined {
    return isMap(value) && isPlain(value['value']) && isKnown(value['at'], now)
      ? (value as typeof value & DatedValue)
      : undefined
  }
}

/** A contact that says anything else is none that is known to be shut. Throws a TypeError for what is no map of doors. */
export function heardContacts(said: unknown): Readonly<Record<string, ContactState>> {
  return checked(said, 'contacts', state => (state === 'open' || state === 'shut' ? state : 'unknown'))
}

/** Undefined for what is no position. */
export function heardPosition(said: unknown, now: number): Fix | undefined {
  if (!isMap(said)) return undefined
  const { at, zones, distance, uncertainty, side, relay, source } = said
  const fits =
    isKnown(at, now) &&
    Array.isArray(zones) &&
    zones.every(zone => typeof zone === 'string') &&
    isLength(distance) &&
    isLength(uncertainty) &&
    (side === undefined || side === 'in' || side === 'out') &&
    (relay === undefined || typeof relay === 'boolean') &&
    typeof source === 'string'
  return fits ? (said as typeof said & Fix) : undefined
}

/** Each entry as `of` has it; those for which there is none are left out. */
function checked<T>(said: unknown, what: string, of: (value: unknown) => T | undefined): Readonly<Record<string, T>> {
  if (!isMap(said)) throw new TypeError(`the port of the ${what} says no map`)
  const entries: [string, T][] = []
  for (const [key, value] of Object.entries(said)) {
    const heard = of(value)
    if (heard !== undefined) entries.push([key, heard])
  }
  return Object.fromEntries(entries)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function isPlain(value: unknown): boolean {
  return typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)
}

function isKnown(at: unknown, now: number): boolean {
  return typeof at === 'number' && Number.isFinite(at) && at <= now + datedAheadSeconds
}

function isLength(metres: unknown): boolean {
  return metres === undefined || (typeof metres === 'number' && Number.isFinite(metres) && metres >= 0)
}
