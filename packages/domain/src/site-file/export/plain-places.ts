import type { Area, Asset, ContextDeclaration, Kind, ModuleSpec, Schedule, Session, Site, Window } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { defaultCriticality } from '../sections/header.ts'
import type { Plain, PlainMap } from './emit.ts'
import {
  itself,
  plainDays,
  plainDuration,
  plainFactors,
  plainFunctions,
  plainList,
  plainListOrNone,
  plainRecord,
  plainSubjects,
  plainTime,
  unless,
  unlessEmpty,
} from './plain-values.ts'

const durationUnless = (seconds: number | undefined, isDefault?: number): string | undefined =>
  seconds === undefined || seconds === isDefault ? undefined : plainDuration(seconds)

export function plainHeader({ site }: Site): PlainMap {
  return {
    id: site.id,
    name: unless(site.name, site.id),
    timeZone: site.timeZone,
    secondPersonWindow: durationUnless(site.secondPersonWindow, 30),
    positionMaxAge: durationUnless(site.positionMaxAge, 10),
    pinTries: unless(site.pinTries, 5),
    pinLock: durationUnless(site.pinLock, 15 * 60),
  }
}

/** Only what differs from the defaults of the levels. */
export function plainCriticality({ criticality }: Site): PlainMap | undefined {
  const levels = ([1, 2, 3, 4] as const).map(level => {
    const [given, isDefault] = [criticality[level], defaultCriticality[level]]
    const [factors, defaultFactors] = [plainFactors(given.factors), plainFactors(isDefault.factors)]
    const differences = unlessEmpty({
      factors: JSON.stringify(factors) === JSON.stringify(defaultFactors) ? undefined : factors,
      autonomy: durationUnless(given.autonomy, isDefault.autonomy),
      untrustedClock: unless(given.untrustedClock, isDefault.untrustedClock),
    })
    return [level, differences] as const
  })
  return unlessEmpty(Object.fromEntries(levels))
}

export const plainCalendars = ({ calendars }: Site): PlainMap | undefined => plainRecord(calendars, dates => [...dates])

export const plainSchedules = ({ schedules }: Site): PlainMap | undefined => plainRecord(schedules, plainSchedule)

function plainSchedule({ windows, holidays, valid, exceptions }: Schedule): PlainMap {
  const [only, ...more] = windows
  const isShort = only !== undefined && more.length === 0 && only.holidays === undefined
  return {
    valid: valid && { from: valid.from, to: valid.to },
    ...(isShort ? plainWindow(only) : { windows: windows.map(plainWindow) }),
    holidays: holidays && { [holidays.mode]: plainList(holidays.calendars, itself) },
    exceptions: plainListOrNone(exceptions, ({ from, to, windows: open }) => ({
      ...(from === to ? { date: from } : { from, to }),
      ...(open.length === 0 ? { closed: true } : { windows: open.map(plainSpan) }),
    })),
  }
}

const plainWindow = ({ days, recurrence, from, to, holidays }: Window): PlainMap => ({
  days: days && plainDays(days),
  recurrence: recurrence && { start: recurrence.start, rule: recurrence.rule },
  ...plainSpan({ from, to }),
  holidays: holidays && { [holidays.mode]: plainList(holidays.calendars, itself) },
})

const plainSpan = ({ from, to }: Pick<Window, 'from' | 'to'>): PlainMap => ({
  from: from === 0 ? undefined : plainTime(from),
  to: to === 1440 ? undefined : plainTime(to),
})

export const plainAreas = ({ areas }: Site): PlainMap | undefined =>
  plainRecord(areas, (area, id) => ({
    name: unless(area.name, id),
    in: area.in,
    antiPassback: area.antiPassback && plainPassback(area.antiPassback),
    occupancy: area.occupancy,
    twoPersonRule: unless(area.twoPersonRule, false),
    firstPersonIn: area.firstPersonIn && plainSubjects(area.firstPersonIn),
  }))

function plainPassback({ mode, for: period, exempt }: NonNullable<Area['antiPassback']>): Plain {
  if (exempt.length === 0 && mode !== 'timed') return mode
  return { mode, for: durationUnless(period), exempt: exempt.length === 0 ? undefined : plainSubjects(exempt) }
}

/** Kinds that only assets name need no section. */
export function plainKinds({ kinds }: Site): PlainMap | undefined {
  const declared = Object.fromEntries(Object.entries(kinds).filter(([, kind]) => kind.declared))
  return plainRecord(declared, (kind, id) => ({
    name: unless(kind.name, id),
    functions: plainList(kind.functions, itself),
    criticality: kind.criticality,
    failSafe: kind.failSafe,
    autonomy: durationUnless(kind.autonomy),
    session: kind.session && plainSession(kind.session),
  }))
}

const plainSession = ({ max, idle, exclusive, end }: Session): PlainMap => ({
  max: durationUnless(max, 12 * 3_600),
  idle: durationUnless(idle),
  exclusive: exclusive === 'none' ? undefined : exclusive === 'all' ? true : plainFunctions(exclusive),
  end: unless(end, 'at-once'),
})

export const plainAssets = (site: Site): PlainMap | undefined =>
  plainRecord(site.assets, (asset, id) => plainAsset(asset, id, site))

function plainAsset(asset: Asset, id: string, site: Site): PlainMap {
  const kind = site.kinds[asset.kind]
  return {
    name: unless(asset.name, id),
    in: unless(asset.in, builtIn.area),
    kind: asset.kind,
    functions: isSame(asset.functions, kind?.functions ?? []) ? undefined : plainList(asset.functions, itself),
    criticality: unless(asset.criticality, kind?.criticality ?? 1),
    ...plainFailSafe(asset, kind),
    autonomy: durationUnless(asset.autonomy, kind?.autonomy),
    sides: plainSides(asset, site.areas),
    door: asset.door && plainDoor(asset.door),
    passage: asset.passage && plainList(asset.passage, itself),
    egress: unless(asset.egress, 'free'),
    session: asset.session && !isSame(asset.session, kind?.session) ? plainSession(asset.session) : undefined,
  }
}

/** Both are data that was read the same way, so equal ones have the same text. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function plainFailSafe({ failSafe }: Asset, kind: Kind | undefined): PlainMap {
  if (failSafe === (kind?.failSafe ?? false)) return {}
  return failSafe ? { failSafe: true } : { failSecure: true }
}

function plainSides({ in: place, sides }: Asset, areas: Site['areas']): PlainMap | undefined {
  if (sides === undefined) return undefined
  const outside = areas[sides.in]?.in ?? builtIn.area
  return unlessEmpty({ in: unless(sides.in, place), out: unless(sides.out, outside) })
}

const plainDoor = (door: NonNullable<Asset['door']>): PlainMap | undefined =>
  unlessEmpty({
    unlock: durationUnless(door.unlock, 5),
    extended: durationUnless(door.extended, 15),
    heldOpen: durationUnless(door.heldOpen, 30),
  })

export const plainZones = ({ zones }: Site): PlainMap | undefined =>
  plainRecord(zones, ({ name, area }, id) => ({ name: unless(name, id), area }))

/** An empty section stands: with it, no name may be used. */
export const plainContext = ({ context }: Site): PlainMap | undefined =>
  context && (plainRecord(context, plainDeclaration) ?? {})

const plainDeclaration = ({ type, maxAge, unit, name }: ContextDeclaration): PlainMap => ({
  type,
  maxAge: durationUnless(maxAge),
  unit,
  name,
})

export const plainModules = ({ modules }: Site): PlainMap | undefined => plainRecord(modules, plainModule)

const plainModule = ({ name, guards, autonomy, keyGroup, readers }: ModuleSpec, id: string): PlainMap => ({
  name: unless(name, id),
  guards: plainListOrNone(guards, itself),
  autonomy: durationUnless(autonomy, 30 * 86_400),
  keyGroup: unless(keyGroup, 'main'),
  readers: plainRecord(readers, ({ asset, side }) => ({ asset, side: unless(side, 'in') })),
})
