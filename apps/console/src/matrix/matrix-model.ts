/** The matrix as the page draws it: groups of columns that fold, and the cells by place. Pure. */
import type { Matrix, MatrixCell, MatrixColumn } from '@edgeward/service/api'

export type GroupBy = 'area' | 'kind'

export interface ColumnGroup {
  readonly id: string
  readonly name: string
  /** The areas above it, from the top down; empty for kinds. */
  readonly path: readonly string[]
  readonly columns: readonly MatrixColumn[]
}

/** A column that is drawn: an asset, or a group folded into one. */
export type Slot =
  | { readonly type: 'asset'; readonly group: ColumnGroup; readonly column: MatrixColumn }
  | { readonly type: 'folded'; readonly group: ColumnGroup }

/** Above this many columns the groups begin folded, so that the first look is a map and not a carpet. */
export const foldAbove = 120

/** Columns in groups, each group where its first column stands. */
export function groupsOf(columns: readonly MatrixColumn[], by: GroupBy, outside: string): readonly ColumnGroup[] {
  const groups = new Map<string, { name: string; path: readonly string[]; columns: MatrixColumn[] }>()
  for (const column of columns) {
    const { id, name, path } = by === 'kind' ? { ...column.kind, path: [] } : areaOf(column, outside)
    const group = groups.get(id)
    if (group) group.columns.push(column)
    else groups.set(id, { name, path, columns: [column] })
  }
  return [...groups].map(([id, group]) => ({ id, ...group }))
}

function areaOf(
  { areas }: MatrixColumn,
  outside: string,
): { readonly id: string; readonly name: string; readonly path: readonly string[] } {
  const own = areas.at(-1)
  if (!own) return { id: '', name: outside, path: [] }
  return { ...own, path: areas.slice(0, -1).map(({ name }) => name) }
}

/** What is drawn when these groups are folded. */
export function slotsOf(groups: readonly ColumnGroup[], folded: ReadonlySet<string>): readonly Slot[] {
  return groups.flatMap((group): readonly Slot[] =>
    folded.has(group.id)
      ? [{ type: 'folded', group }]
      : group.columns.map(column => ({ type: 'asset', group, column })),
  )
}

export type CellAt = (role: string, asset: string) => MatrixCell | undefined

/** Cells by role and asset. */
export function cellsOf({ cells }: Matrix): CellAt {
  const byRole = new Map<string, Map<string, MatrixCell>>()
  for (const cell of cells) {
    const row = byRole.get(cell.role) ?? new Map<string, MatrixCell>()
    row.set(cell.asset, cell)
    byRole.set(cell.role, row)
  }
  return (role, asset) => byRole.get(role)?.get(asset)
}

/** Of how many assets of a group a role may do something. */
export function permittedIn(group: ColumnGroup, role: string, cellAt: CellAt): number {
  return group.columns.filter(({ asset }) => {
    const mark = cellAt(role, asset)?.mark
    return mark === 'x' || mark === '(x)'
  }).length
}

/** A prohibition limits what the mark says. */
export const isLimited = (cell: MatrixCell): boolean =>
  cell.mark !== 'prohibited' && cell.rules.some(({ kind }) => kind === 'prohibition')
