import type { Area, Asset, Kind, Level, Session, Site } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { defined, type Fields, fields, list, type Reader, record, reportConflict, required } from '../fields.ts'
import { itemsOf, quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { nearestName } from '../suggestion.ts'
import { declares, id, reportReserved } from '../values/id.ts'
import { reference } from '../values/reference.ts'
import { choice, flag, integer, name, text } from '../values/scalars.ts'
import { duration } from '../values/time.ts'
import type { Unsure } from './coverage.ts'

/** The function of the built-in kind `door`. */
const doorFunctions: readonly string[] = ['open']

/** Functions that a kind or an asset declares: ids, but not `all`. */
const declaredFunctions: Reader<readonly string[]> = list((node, scope) => {
  const value = id(node, scope)
  if (value === builtIn.function) return void reportReserved(node.at, scope, value)
  return value
})

const level: Reader<Level> = (node, scope) => {
  const value = integer({ min: 1, max: 4 })(node, scope)
  return value === 1 || value === 2 || value === 3 || value === 4 ? value : undefined
}

const exclusive: Reader<Session['exclusive']> = (node, scope) => {
  if (node.kind !== 'scalar' || typeof node.value !== 'boolean') return list(text)(node, scope)
  return node.value ? 'all' : 'none'
}

const session: Reader<Session> = fields(
  { max: duration, idle: duration, exclusive, end: choice('at-once', 'after-cycle') },
  ({ values }) => ({
    max: values.max ?? 12 * 3_600,
    exclusive: values.exclusive ?? 'none',
    end: values.end ?? 'at-once',
    ...defined({ idle: values.idle }),
  }),
)

/** What a kind gives its assets as defaults, and an asset may have of its own. */
const common = { name, criticality: level, failSafe: flag, failSecure: flag, autonomy: duration, session }

/** Whether it opens without power: only one of the two keys may be true. Undefined: neither is written. */
function failSafeOf(read: Fields<Pick<typeof common, 'failSafe' | 'failSecure'>>, scope: Scope): boolean | undefined {
  const { failSafe, failSecure } = read.values
  if (failSafe === true && failSecure === true) {
    const message = 'only one of failSafe and failSecure can be true; remove one of them.'
    reportConflict(read, scope, { keys: ['failSafe', 'failSecure'], message })
  }
  return failSafe ?? (failSecure === undefined ? undefined : !failSecure)
}

/** The `kinds` section; kinds that only assets name are added with the assets. */
export const kinds: Reader<Record<string, Kind>> = record(
  (node, scope, kindId) =>
    fields({ ...common, functions: required(declaredFunctions) }, (read, inner): Kind => {
      const { values } = read
      const known = values.functions ?? []
      if (read.isSound('functions')) checkExclusive(read, inner, known)
      return {
        name: values.name ?? kindId,
        functions: known,
        declared: true,
        ...defined({
          criticality: values.criticality,
          failSafe: failSafeOf(read, inner),
          autonomy: values.autonomy,
          session: values.session,
        }),
      }
    })(node, scope),
  { checkKey: declares(builtIn.kind) },
)

/** A typing error in `exclusive` would silently let two people work at once. */
function checkExclusive(read: Fields<Pick<typeof common, 'session'>>, scope: Scope, known: readonly string[]): void {
  const node = read.entry('session')?.value
  const list = node?.kind === 'map' ? node.entries.find(entry => entry.key === 'exclusive')?.value : undefined
  if (list === undefined) return
  for (const item of itemsOf(list)) {
    if (item.kind === 'scalar' && typeof item.value === 'string') checkFunction(item.value, item.at, { scope, known })
  }
}

/** A function must be one of those that are there. */
export function checkFunction(
  name: string,
  at: number,
  { scope, known }: { readonly scope: Scope; readonly known: Iterable<string> },
): void {
  const functions = [...known]
  if (functions.includes(name)) return
  const has = functions.length === 0 ? 'there are no functions here' : `there are ${functions.join(', ')}`
  scope.report(
    at,
    'function-unknown',
    `the function ${quote(name)} is not there; ${has}.`,
    nearestName(name, functions),
  )
}

const area: Reader<string> = reference('areas')
const door = fields({ unlock: duration, extended: duration, heldOpen: duration }, ({ values }) => ({
  unlock: values.unlock ?? 5,
  extended: values.extended ?? 15,
  heldOpen: values.heldOpen ?? 30,
}))

const doorShape = {
  sides: fields({ in: area, out: area }, ({ values }) => defined({ in: values.in, out: values.out })),
  door,
  passage: list(reference('schedules')),
  egress: choice('free', 'supervised'),
}
const doorKeys = ['sides', 'door', 'passage', 'egress'] as const

/** `kind` as a reference where there is a `kinds` section, else the id of a kind that is so named. */
const kindOfAsset: Reader<string> = (node, scope) => (scope.ids.hasKindsSection ? reference('kinds') : id)(node, scope)

const assetShape = { ...common, ...doorShape, in: area, kind: required(kindOfAsset), functions: declaredFunctions }

/** Assets, and which of them are not known well enough to say what they can do or where they are. */
export interface ReadAssets {
  readonly assets: Site['assets']
  readonly kinds: Site['kinds']
  readonly unsure: Unsure
}

/** The `assets` section, with the defaults of kinds and areas. */
export const assets =
  (parts: { readonly kinds: Readonly<Record<string, Kind>>; readonly areas: Site['areas'] }): Reader<ReadAssets> =>
  (node, scope) => {
    const kindsWithNamed: Record<string, Kind> = Object.assign(Object.create(null), parts.kinds)
    kindsWithNamed[builtIn.kind] = { name: builtIn.kind, functions: doorFunctions, declared: false }
    const unsure = { nature: new Set<string>(), place: new Set<string>() }
    const read = record(
      (entry, inner, assetId) =>
        fields(assetShape, fieldsOfAsset => {
          if (!isNatureSure(fieldsOfAsset, kindsWithNamed, inner)) unsure.nature.add(assetId)
          if (!fieldsOfAsset.isSound('in')) unsure.place.add(assetId)
          return makeAsset(fieldsOfAsset, inner, { assetId, kinds: kindsWithNamed, areas: parts.areas })
        })(entry, inner) ?? void unsure.nature.add(assetId),
      { checkKey: declares() },
    )(node, scope)
    return read && { assets: read, kinds: kindsWithNamed, unsure }
  }

function isNatureSure(read: Fields<typeof assetShape>, kinds: Readonly<Record<string, Kind>>, scope: Scope): boolean {
  const { kind } = read.values
  const isKindKnown = kind !== undefined && (!scope.ids.hasKindsSection || kinds[kind] !== undefined)
  return isKindKnown && read.isSound('functions')
}

interface AssetParts {
  readonly assetId: string
  readonly kinds: Record<string, Kind>
  readonly areas: Site['areas']
}

function makeAsset(read: Fields<typeof assetShape>, scope: Scope, { assetId, kinds, areas }: AssetParts): Asset {
  const { values } = read
  const kindId = values.kind ?? ''
  if (values.kind !== undefined) kinds[kindId] ??= { name: kindId, functions: [], declared: false }
  const kind = kinds[kindId]
  const functions = values.functions ?? kind?.functions ?? []
  if (read.isSound('functions') && kind !== undefined) checkExclusive(read, scope, functions)
  return {
    name: values.name ?? assetId,
    in: values.in ?? builtIn.area,
    kind: kindId,
    functions,
    criticality: values.criticality ?? kind?.criticality ?? 1,
    failSafe: failSafeOf(read, scope) ?? kind?.failSafe ?? false,
    ...defined({ autonomy: values.autonomy ?? kind?.autonomy, session: values.session ?? kind?.session }),
    ...doorMembers(read, scope, areas),
  }
}

type DoorMembers = Pick<Asset, 'sides' | 'door' | 'passage' | 'egress'>

function doorMembers(read: Fields<typeof assetShape>, scope: Scope, areas: Site['areas']): DoorMembers {
  const { values } = read
  if (values.kind !== builtIn.kind) {
    if (values.kind !== undefined) for (const key of doorKeys) reportDoorKey(key, read, scope)
    return {}
  }
  const inside = values.sides?.in ?? values.in ?? builtIn.area
  return {
    sides: { in: inside, out: values.sides?.out ?? parentOf(inside, areas) },
    door: values.door ?? { unlock: 5, extended: 15, heldOpen: 30 },
    egress: values.egress ?? 'free',
    ...defined({ passage: values.passage }),
  }
}

function reportDoorKey(key: (typeof doorKeys)[number], read: Fields<typeof assetShape>, scope: Scope): void {
  const entry = read.entry(key)
  if (entry === undefined) return
  const message = `"${key}" is only for doors, and this is of kind ${quote(read.values.kind ?? '')}; remove it.`
  scope.report(entry.keyAt, 'conflict', message)
}

function parentOf(areaId: string, areas: Readonly<Record<string, Area>>): string {
  return areas[areaId]?.in ?? builtIn.area
}
