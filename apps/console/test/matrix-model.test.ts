import type { Matrix, MatrixColumn } from '@edgeward/service/api'
import { expect, test } from 'vitest'
import { cellsOf, groupsOf, isLimited, permittedIn, slotsOf } from '../src/matrix/matrix-model.ts'

const plant = { id: 'plant', name: 'Plant' }
const hall = { id: 'hall', name: 'Hall' }
const column = (asset: string, kind: string, areas: MatrixColumn['areas']): MatrixColumn => ({
  asset,
  name: asset,
  kind: { id: kind, name: kind },
  areas,
})
const permission = { id: 'a', kind: 'permission', functions: ['open'], conditions: [], through: null } as const
const prohibition = { ...permission, id: 'b', kind: 'prohibition' } as const
const matrix: Matrix = {
  version: 1,
  roles: [{ id: 'operator', name: 'Operators', external: false }],
  columns: [
    column('gate', 'door', [plant]),
    column('reactor', 'reactor', [plant, hall]),
    column('hall-door', 'door', [plant, hall]),
    column('yard', 'door', []),
  ],
  cells: [
    { role: 'operator', asset: 'gate', mark: 'x', rules: [permission] },
    { role: 'operator', asset: 'reactor', mark: '(x)', rules: [permission, prohibition] },
    { role: 'operator', asset: 'hall-door', mark: 'prohibited', rules: [prohibition] },
  ],
}

test('columns are grouped by their area, with the areas above as a path', () => {
  const groups = groupsOf(matrix.columns, 'area', 'Outside')
  expect(groups.map(({ name, path, columns }) => [name, path, columns.length])).toEqual([
    ['Plant', [], 1],
    ['Hall', ['Plant'], 2],
    ['Outside', [], 1],
  ])
})

test('columns are grouped by kind wherever they stand', () => {
  const groups = groupsOf(matrix.columns, 'kind', 'Outside')
  expect(groups.map(({ id, columns }) => [id, columns.map(({ asset }) => asset)])).toEqual([
    ['door', ['gate', 'hall-door', 'yard']],
    ['reactor', ['reactor']],
  ])
})

test('a folded group is one column, and no column is lost when it unfolds', () => {
  const groups = groupsOf(matrix.columns, 'area', 'Outside')
  expect(slotsOf(groups, new Set(['hall'])).map(({ type }) => type)).toEqual(['asset', 'folded', 'asset'])
  expect(slotsOf(groups, new Set()).length).toBe(matrix.columns.length)
})

test('a folded cell counts where something is permitted, not where it is prohibited', () => {
  const group = groupsOf(matrix.columns, 'area', 'Outside')[1]
  expect(group && permittedIn(group, 'operator', cellsOf(matrix))).toBe(1)
})

test('a prohibition beside a permission limits it', () => {
  const cellAt = cellsOf(matrix)
  const limited = (asset: string): boolean => {
    const cell = cellAt('operator', asset)
    return cell !== undefined && isLimited(cell)
  }
  expect([limited('gate'), limited('reactor'), limited('hall-door'), limited('yard')]).toEqual([
    false,
    true,
    false,
    false,
  ])
})
