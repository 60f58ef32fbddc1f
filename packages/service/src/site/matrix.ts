/** The permission matrix of a site, roles by assets. Pure. vectors/plant/README.md */
import type { Permission, Prohibition, Site } from '@edgeward/domain'
import type { Mark, Matrix, MatrixCell, MatrixColumn, MatrixRule } from '../api/matrix.ts'
import { conditionSentences, functionList } from './sentences.ts'
import { areaPath, covers, meansRole, own } from './subjects.ts'

/** The matrix of a version. Blank cells are left out. */
export function matrixOf(site: Site, version: number): Matrix {
  const columns = columnsOf(site)
  const roles = Object.entries(site.roles).map(([id, { name, external }]) => ({ id, name, external }))
  const cells = roles.flatMap(role => columns.flatMap(({ asset }) => cellOf(site, role.id, asset) ?? []))
  return { version, roles, columns, cells }
}

function cellOf(site: Site, role: string, asset: string): MatrixCell | undefined {
  const permissions = site.permissions.flatMap(rule => ruleOf(site, rule, { role, asset, kind: 'permission' }) ?? [])
  const prohibitions = site.prohibitions.flatMap(rule => ruleOf(site, rule, { role, asset, kind: 'prohibition' }) ?? [])
  const mark = markOf(permissions, prohibitions)
  // A prohibition for everyone in a cell where nothing is permitted says nothing.
  return mark === undefined
    ? undefined
    : { role, asset, mark, rules: [...permissions, ...prohibitions].map(({ rule }) => rule) }
}

interface CellRule {
  readonly rule: MatrixRule
  readonly forEveryone: boolean
}

function markOf(permissions: readonly CellRule[], prohibitions: readonly CellRule[]): Mark | undefined {
  const left = permissions.filter(({ rule }) => !rule.functions.every(name => isAlwaysProhibited(name, prohibitions)))
  if (left.some(({ rule }) => rule.conditions.length === 0)) return 'x'
  if (left.length > 0) return '(x)'
  if (permissions.length > 0) return 'prohibited'
  return prohibitions.some(({ forEveryone }) => !forEveryone) ? 'prohibited' : undefined
}

/** Prohibitions win; one without a condition takes the function away for good. */
function isAlwaysProhibited(name: string, prohibitions: readonly CellRule[]): boolean {
  return prohibitions.some(
    ({ rule }) => rule.conditions.length === 0 && (rule.functions.includes('all') || rule.functions.includes(name)),
  )
}

interface Place {
  readonly role: string
  readonly asset: string
  readonly kind: 'permission' | 'prohibition'
}

function ruleOf(site: Site, rule: Permission | Prohibition, { role, asset, kind }: Place): CellRule | undefined {
  if (!rule.on.some(object => covers(site, object, asset))) return undefined
  if (rule.may !== 'all' && !rule.may.some(name => own(site.assets, asset)?.functions.includes(name))) return undefined
  const meant = rule.who.flatMap(subject => meansRole(site, subject, role) ?? [])
  if (meant.length === 0) return undefined
  const direct = meant.some(({ through }) => through === null)
  const group = direct ? undefined : meant[0]?.through
  return {
    forEveryone: rule.who.every(subject => 'everyone' in subject),
    rule: {
      id: rule.id,
      kind,
      functions: functionList(rule.may),
      conditions: conditionSentences(site, rule.when),
      through:
        group === undefined || group === null ? null : { id: group, name: own(site.groups, group)?.name ?? group },
    },
  }
}

/** Neighbours belong together: by area (top down, in the order of the file), then kind, then the order of the file. */
function columnsOf(site: Site): readonly MatrixColumn[] {
  const areas = Object.keys(site.areas)
  const kinds = Object.keys(site.kinds)
  const order = new Map(Object.keys(site.assets).map((id, index) => [id, index]))
  const columns = Object.entries(site.assets).map(
    ([asset, { name, kind, in: area }]): MatrixColumn => ({
      asset,
      name,
      kind: { id: kind, name: own(site.kinds, kind)?.name ?? kind },
      areas: areaPath(site, area).map(id => ({ id, name: own(site.areas, id)?.name ?? id })),
    }),
  )
  const key = ({ asset, kind, areas: path }: MatrixColumn): readonly number[] => [
    ...path.map(({ id }) => areas.indexOf(id)),
    -1,
    kinds.indexOf(kind.id),
    order.get(asset) ?? 0,
  ]
  return columns.sort((a, b) => compare(key(a), key(b)))
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}
