import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GridShape, moved, type Place } from '../src/matrix/grid-keys.ts'

/** Three groups: columns 0 and 1, column 2, columns 3 to 5; four roles. */
const shape: GridShape = { rows: 4, columns: 6, groupStarts: [0, 0, 2, 3, 3, 3] }
const place = (row: number, column: number): Place => ({ row, column })

test.each([
  ['ArrowRight', place(1, 0), place(1, 1)],
  ['ArrowRight', place(1, 5), place(1, 5)],
  ['ArrowLeft', place(2, 3), place(2, 2)],
  ['ArrowDown', place(4, 1), place(4, 1)],
  ['ArrowUp', place(1, 4), place(0, 3)],
  ['ArrowDown', place(0, 3), place(1, 3)],
  ['ArrowRight', place(0, 0), place(0, 2)],
  ['ArrowLeft', place(0, 3), place(0, 2)],
  ['ArrowRight', place(0, 3), place(0, 3)],
  ['Home', place(3, 4), place(3, 0)],
  ['End', place(3, 1), place(3, 5)],
  ['PageDown', place(1, 1), place(4, 1)],
  ['PageUp', place(4, 1), place(1, 1)],
] as const)('%s goes from %o to %o', (key, from, to) => {
  expect(moved(from, key, false, shape)).toEqual(to)
})

test('Control with Home and End goes to the corners', () => {
  expect(moved(place(3, 4), 'Home', true, shape)).toEqual(place(1, 0))
  expect(moved(place(1, 1), 'End', true, shape)).toEqual(place(4, 5))
})

test('other keys are left to the browser', () => {
  expect(moved(place(1, 1), 'a', false, shape)).toBeUndefined()
  expect(moved(place(1, 1), 'Tab', false, shape)).toBeUndefined()
})

test('no key leads out of the grid, and on the row of groups only to their first columns', () => {
  const key = fc.constantFrom('ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown')
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 60, size: 'max' }), keys => {
      let at = place(1, 0)
      for (const [name, withControl] of keys) {
        at = moved(at, name, withControl, shape) ?? at
        expect(at.row).toBeGreaterThanOrEqual(0)
        expect(at.row).toBeLessThanOrEqual(shape.rows)
        expect(at.column).toBeGreaterThanOrEqual(0)
        expect(at.column).toBeLessThan(shape.columns)
        if (at.row === 0) expect(shape.groupStarts[at.column]).toBe(at.column)
      }
    }),
  )
})
