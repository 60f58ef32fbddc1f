/**
 * Where the focus goes in the grid. Row 0 are the heads of the groups, which span columns; the roles begin with row 1.
 * The pattern is ARIA's "data grid". Pure.
 */

export interface Place {
  readonly row: number
  readonly column: number
}

export interface GridShape {
  /** Number of roles. */
  readonly rows: number
  readonly columns: number
  /** For each column the first column of its group. */
  readonly groupStarts: readonly number[]
}

const pageRows = 10

/** The place after a key, or nothing for a key that moves no focus. */
export function moved(place: Place, key: string, withControl: boolean, shape: GridShape): Place | undefined {
  const wanted = wish(place, key, withControl, shape)
  if (!wanted) return undefined
  const row = clamp(wanted.row, 0, shape.rows)
  const column = clamp(wanted.column, 0, shape.columns - 1)
  return { row, column: row === 0 ? (shape.groupStarts[column] ?? column) : column }
}

function wish({ row, column }: Place, key: string, withControl: boolean, shape: GridShape): Place | undefined {
  const last = shape.columns - 1
  switch (key) {
    case 'ArrowUp':
      return { row: row - 1, column }
    case 'ArrowDown':
      return { row: row + 1, column }
    case 'ArrowLeft':
      return { row, column: column - 1 }
    case 'ArrowRight':
      return { row, column: row === 0 ? nextGroup(column, shape) : column + 1 }
    case 'Home':
      return { row: withControl ? Math.min(row, 1) : row, column: 0 }
    case 'End':
      return { row: withControl ? shape.rows : row, column: last }
    case 'PageUp':
      return { row: Math.max(1, row - pageRows), column }
    case 'PageDown':
      return { row: row + pageRows, column }
    default:
      return undefined
  }
}

/** The first column of the next group; the same when there is none. */
function nextGroup(column: number, { groupStarts }: GridShape): number {
  const own = groupStarts[column]
  const next = groupStarts.findIndex((start, index) => index > column && start !== own)
  return next < 0 ? column : next
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
