import type { Site } from '../site.ts'
import { changedMembers, sameValue } from './same-value.ts'

/** One thing that differs between two sites. */
export interface SiteChange {
  readonly change: 'added' | 'removed' | 'changed'
  /** As in a site file: `people`, `permissions`, `assets` … */
  readonly section: keyof Site
  /** The id; of `positionLogging`, whose entries have none, the place in its list, from 1. */
  readonly id: string
  /** What of it differs, for what is in both; `position`: rules and orders before it come after it now. */
  readonly fields?: readonly string[]
}

/** Everything that applying a site would change, by section in the order of the file. Empty: nothing. */
export type SiteDiff = readonly SiteChange[]

/** Compares two sites by id, `before` undefined for none yet. What is only written differently is no difference. */
export function diffSites(before: Site | undefined, after: Site): SiteDiff {
  return [
    ...diffEntries('site', headerOf(before), headerOf(after)),
    ...diffEntries('criticality', entriesOf(before?.criticality ?? after.criticality), entriesOf(after.criticality)),
    ...sections.flatMap(section => diffEntries(section, entriesOf(before?.[section]), entriesOf(after[section]))),
    ...diffLogging(before?.positionLogging ?? [], after.positionLogging),
  ]
}

/** A diff as lines for people, such as `~ assets gate: door, failSafe`. */
export const formatDiff = (diff: SiteDiff): readonly string[] =>
  diff.map(({ change, section, id, fields }) => {
    const what = fields === undefined ? '' : `: ${fields.join(', ')}`
    return `${signs[change]} ${section} ${id}${what}`
  })

const signs = { added: '+', removed: '-', changed: '~' } as const

const sections = [
  'calendars',
  'schedules',
  'areas',
  'kinds',
  'assets',
  'zones',
  'context',
  'modules',
  'organisations',
  'roles',
  'groups',
  'people',
  'robots',
  'orders',
  'permissions',
  'prohibitions',
  'factorPolicies',
  'interlocks',
] as const satisfies readonly (keyof Site)[]

/** Sections whose order has a meaning: the first rule that permits is the one that counts. */
const orderedSections: ReadonlySet<keyof Site> = new Set(['orders', 'permissions', 'prohibitions', 'factorPolicies'])

type Entries = ReadonlyMap<string, unknown>

/** With whether the site declares its context at all: an empty section forbids every name. */
const headerOf = (site: Site | undefined): Entries =>
  new Map(site === undefined ? [] : [[site.site.id, { ...site.site, context: site.context && 'declared' }]])

/** By id, in file order; orders without their place, which every order before them moves. */
function entriesOf(section: object | undefined): Entries {
  if (section === undefined) return new Map()
  if (Array.isArray(section)) return new Map(section.map((rule: { readonly id: string }) => [rule.id, rule]))
  const entries = Object.entries(section)
  if (!entries.some(([, entry]) => isPlaced(entry))) return new Map(entries)
  const sorted = entries.toSorted(([, a], [, b]) => a.place - b.place)
  return new Map(sorted.map(([id, { place: _place, ...order }]) => [id, order]))
}

const isPlaced = (entry: unknown): boolean => typeof entry === 'object' && entry !== null && 'place' in entry

function diffEntries(section: keyof Site, before: Entries, after: Entries): SiteDiff {
  const moved = orderedSections.has(section) ? movedIds(before, after) : new Set()
  const changes: SiteChange[] = []
  for (const id of before.keys()) if (!after.has(id)) changes.push({ change: 'removed', section, id })
  for (const [id, entry] of after) {
    if (!before.has(id)) {
      changes.push({ change: 'added', section, id })
      continue
    }
    const fields = [...changedFields(section, before.get(id), entry), ...(moved.has(id) ? ['position'] : [])]
    if (fields.length > 0) changes.push({ change: 'changed', section, id, fields })
  }
  return changes
}

function changedFields(section: keyof Site, before: unknown, after: unknown): readonly string[] {
  if (isObject(before) && isObject(after)) return changedMembers(before, after)
  // A calendar is nothing but its dates.
  return sameValue(before, after) ? [] : [section === 'calendars' ? 'dates' : 'value']
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is in both and was moved: all but the longest run that kept its order. */
function movedIds(before: Entries, after: Entries): ReadonlySet<string> {
  const places = new Map([...before.keys()].map((id, place) => [id, place]))
  const common = [...after.keys()].flatMap(id => {
    const place = places.get(id)
    return place === undefined ? [] : [{ id, place }]
  })
  const kept = longestRising(common.map(({ place }) => place))
  return new Set(common.filter((_, index) => !kept.has(index)).map(({ id }) => id))
}

/** Indices of a longest strictly rising subsequence. */
function longestRising(numbers: readonly number[]): ReadonlySet<number> {
  /** By length less one: the index of the smallest number that such a run can end with. */
  const ends: number[] = []
  const previous: (number | undefined)[] = []
  for (const [index, number] of numbers.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1
      else high = middle
    }
    previous.push(ends[low - 1])
    ends[low] = index
  }
  const kept = new Set<number>()
  for (let index = ends.at(-1); index !== undefined; index = previous[index]) kept.add(index)
  return kept
}

function diffLogging(before: Site['positionLogging'], after: Site['positionLogging']): SiteDiff {
  const key = (entry: Site['positionLogging'][number]): string => JSON.stringify([entry.who, entry.on])
  const left = new Map<string, number[]>()
  for (const [index, entry] of before.entries()) left.set(key(entry), [...(left.get(key(entry)) ?? []), index])
  const added = after.flatMap((entry, index) => (left.get(key(entry))?.shift() === undefined ? [index] : []))
  const removed = [...left.values()].flat().toSorted((a, b) => a - b)
  const change = (what: 'added' | 'removed', index: number): SiteChange => ({
    change: what,
    section: 'positionLogging',
    id: String(index + 1),
  })
  return [...removed.map(index => change('removed', index)), ...added.map(index => change('added', index))]
}
