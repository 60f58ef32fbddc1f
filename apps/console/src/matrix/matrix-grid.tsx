import type { Matrix, MatrixRole } from '@edgeward/service/api'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { Icon } from '../parts/icon.tsx'
import { words } from '../words.ts'
import { type GridShape, moved, type Place } from './grid-keys.ts'
import { MarkView } from './mark.tsx'
import styles from './matrix-grid.module.css'
import { type CellAt, type ColumnGroup, cellsOf, isLimited, permittedIn, type Slot, slotsOf } from './matrix-model.ts'

export interface OpenCell {
  readonly role: string
  readonly asset: string
}

interface MatrixGridProps {
  readonly matrix: Matrix
  readonly groups: readonly ColumnGroup[]
  readonly folded: ReadonlySet<string>
  readonly onToggle: (group: string) => void
  readonly open: OpenCell | undefined
  readonly onOpen: (cell: OpenCell) => void
}

/** Roles by assets. One stop of the tab key; arrows move inside, Enter opens a cell or folds a group. */
export function MatrixGrid({ matrix, groups, folded, onToggle, open, onOpen }: MatrixGridProps) {
  const table = useRef<HTMLTableElement>(null)
  const slots = useMemo(() => slotsOf(groups, folded), [groups, folded])
  const [place, setPlace] = useState<Place>(() => placeOf(open, matrix, slots))
  const cellAt = useMemo(() => cellsOf(matrix), [matrix])
  const shape = useMemo(() => shapeOf(matrix.roles.length, slots), [matrix, slots])
  // A fold may take the column away on which the focus stood.
  const current: Place = { row: place.row, column: Math.min(place.column, slots.length - 1) }

  useEffect(() => {
    const cell = open && table.current?.querySelector('td[aria-current]')
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [open])

  const focus = (next: Place): void => {
    setPlace(next)
    table.current?.querySelector<HTMLElement>(`[data-place="${next.row}:${next.column}"]`)?.focus()
  }
  const act = ({ row, column }: Place): void => {
    const slot = slots[column]
    const role = matrix.roles[row - 1]
    if (!slot) return
    if (row === 0 || slot.type === 'folded') onToggle(slot.group.id)
    else if (role) onOpen({ role: role.id, asset: slot.column.asset })
  }
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      act(current)
      return
    }
    const next = moved(current, event.key, event.ctrlKey || event.metaKey, shape)
    if (!next) return
    event.preventDefault()
    focus(next)
  }
  const onClick = (event: React.MouseEvent): void => {
    const clicked = placeAt(event.target)
    if (!clicked) return
    focus(clicked)
    act(clicked)
  }
  // The focus may also come from outside: from a screen reader, or back from the panel.
  const onFocus = (event: React.FocusEvent): void => {
    const focused = placeAt(event.target)
    if (focused) setPlace(focused)
  }

  return (
    <table
      ref={table}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: ARIA's grid pattern: the cells take the focus
      role="grid"
      className={styles.grid}
      aria-label={words.matrix.title}
      aria-readonly="true"
      aria-rowcount={matrix.roles.length + 2}
      aria-colcount={slots.length + 1}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onClick={onClick}
    >
      <thead>
        <GroupHeads slots={slots} folded={folded} place={current} />
        <AssetHeads slots={slots} current={current} open={open} />
      </thead>
      <tbody>
        {matrix.roles.map((role, index) => (
          <RoleRow
            key={role.id}
            role={role}
            row={index + 1}
            slots={slots}
            cellAt={cellAt}
            focusedColumn={current.row === index + 1 ? current.column : undefined}
            openAsset={open?.role === role.id ? open.asset : undefined}
          />
        ))}
      </tbody>
    </table>
  )
}

/** The place of the cell or head that holds an element. */
function placeAt(target: EventTarget): Place | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-place]') : null
  const [row, column] = cell?.dataset.place?.split(':').map(Number) ?? []
  return row === undefined || column === undefined ? undefined : { row, column }
}

/** Where the focus begins: at the cell that the address names, else at the first. */
function placeOf(open: OpenCell | undefined, matrix: Matrix, slots: readonly Slot[]): Place {
  const row = matrix.roles.findIndex(({ id }) => id === open?.role)
  const column = slots.findIndex(slot => slot.type === 'asset' && slot.column.asset === open?.asset)
  return row < 0 || column < 0 ? { row: 1, column: 0 } : { row: row + 1, column }
}

function shapeOf(rows: number, slots: readonly Slot[]): GridShape {
  return {
    rows,
    columns: slots.length,
    groupStarts: slots.map(({ group }) => slots.findIndex(other => other.group === group)),
  }
}

interface GroupHeadsProps {
  readonly slots: readonly Slot[]
  readonly folded: ReadonlySet<string>
  readonly place: Place
}

function GroupHeads({ slots, folded, place }: GroupHeadsProps) {
  const starts = slots.flatMap((slot, column) => (slots[column - 1]?.group === slot.group ? [] : [{ slot, column }]))
  return (
    <tr className={styles.groups} aria-rowindex={1}>
      <td className={styles.corner} role="presentation" />
      {starts.map(({ slot: { group }, column }) => {
        const isFolded = folded.has(group.id)
        return (
          <th
            key={group.id}
            scope="colgroup"
            colSpan={isFolded ? 1 : group.columns.length}
            aria-colindex={column + 2}
            aria-expanded={!isFolded}
            aria-label={words.matrix.group({ name: group.name, path: group.path, count: group.columns.length })}
            title={[...group.path, group.name].join(' › ')}
            data-place={`0:${column}`}
            data-folded={isFolded || undefined}
            data-single={group.columns.length === 1 || undefined}
            tabIndex={place.row === 0 && place.column === column ? 0 : -1}
          >
            <span className={styles.groupHead}>
              <Icon name={isFolded ? 'chevron-right' : 'chevron-down'} size={14} />
              <span className={styles.groupName}>{group.name}</span>
            </span>
          </th>
        )
      })}
    </tr>
  )
}

interface AssetHeadsProps {
  readonly slots: readonly Slot[]
  readonly current: Place
  readonly open: OpenCell | undefined
}

function AssetHeads({ slots, current, open }: AssetHeadsProps) {
  return (
    <tr className={styles.assets} aria-rowindex={2}>
      <th scope="col" className={styles.corner} aria-colindex={1}>
        {words.matrix.role}
      </th>
      {slots.map((slot, column) => (
        <th
          key={slot.type === 'asset' ? slot.column.asset : `folded ${slot.group.id}`}
          scope="col"
          aria-colindex={column + 2}
          data-current={current.row > 0 && current.column === column ? true : undefined}
          data-open={slot.type === 'asset' && slot.column.asset === open?.asset ? true : undefined}
          data-edge={slots[column - 1]?.group === slot.group ? undefined : true}
        >
          <span className={styles.assetName}>
            {slot.type === 'asset' ? slot.column.name : words.matrix.folded(slot.group.columns.length)}
          </span>
        </th>
      ))}
    </tr>
  )
}

interface RoleRowProps {
  readonly role: MatrixRole
  readonly row: number
  readonly slots: readonly Slot[]
  readonly cellAt: CellAt
  readonly focusedColumn: number | undefined
  readonly openAsset: string | undefined
}

/** Drawn anew only when something in it changes, so that arrows stay quick in a large matrix. */
const RoleRow = memo(function RoleRow({ role, row, slots, cellAt, focusedColumn, openAsset }: RoleRowProps) {
  return (
    <tr aria-rowindex={row + 2} data-current={focusedColumn === undefined ? undefined : true}>
      <th scope="row" aria-colindex={1}>
        <span className={styles.roleName}>{role.name}</span>
        {role.external ? <span className={styles.external}>{words.matrix.external}</span> : null}
      </th>
      {slots.map((slot, column) => {
        const place = {
          'data-place': `${row}:${column}`,
          'data-edge': slots[column - 1]?.group === slot.group ? undefined : true,
          'aria-colindex': column + 2,
          tabIndex: focusedColumn === column ? 0 : -1,
        }
        if (slot.type === 'folded') {
          const count = permittedIn(slot.group, role.id, cellAt)
          const label = words.matrix.foldedCell({
            role: role.name,
            group: slot.group.name,
            count,
            of: slot.group.columns.length,
          })
          return (
            <td key={`folded ${slot.group.id}`} aria-label={label} className={styles.foldedCell} {...place}>
              {count === 0 ? '' : count}
            </td>
          )
        }
        const { asset, name } = slot.column
        const cell = cellAt(role.id, asset)
        const limited = cell !== undefined && isLimited(cell)
        return (
          <td
            key={asset}
            aria-label={words.matrix.cell({
              role: role.name,
              asset: name,
              mark: cell?.mark,
              rules: cell?.rules.length ?? 0,
              limited,
            })}
            data-open={openAsset === asset || undefined}
            aria-current={openAsset === asset || undefined}
            {...place}
          >
            {cell ? <MarkView mark={cell.mark} limited={limited} /> : null}
          </td>
        )
      })}
    </tr>
  )
})
