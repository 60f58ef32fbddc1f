import { parseSiteFile } from '@edgeward/domain/site-file'
import { expect, test } from 'vitest'
import figure from '../../../../vectors/plant/figure-4.json' with { type: 'json' }
import { matrixOf } from '../../src/site/matrix.ts'
import { plantFile } from '../support/plant.ts'

function siteOf(text: string) {
  const { site, diagnostics } = parseSiteFile(text, 'site.yaml')
  if (site === undefined) throw new Error(JSON.stringify(diagnostics))
  return site
}

const matrix = matrixOf(siteOf(plantFile), 3)

test('the matrix of the chemical plant is that of the white paper, cell by cell', () => {
  const objects = new Map(figure.columns.map(({ number, objects: assets }) => [number, assets]))
  for (const { role, column, mark, rules } of figure.cells) {
    const cells = matrix.cells.filter(cell => cell.role === role && objects.get(column)?.includes(cell.asset))
    const found = cells.flatMap(cell => cell.rules.filter(({ kind }) => kind === 'permission').map(({ id }) => id))
    const marks = cells.map(cell => cell.mark)
    const united = marks.includes('x') ? 'x' : marks.includes('(x)') ? '(x)' : ''
    expect({ role, column, mark: united }).toEqual({ role, column, mark: mark ?? '' })
    expect(new Set(found), `${role} ${column}`).toEqual(new Set(rules ?? []))
  }
})

test('a rule for the crews of a shift counts for the role that they all hold, and says through which group', () => {
  const cell = matrix.cells.find(({ role, asset }) => role === 'operator' && asset === 'gate-main')
  expect(cell?.mark).toBe('(x)')
  expect(cell?.rules.map(({ id, through }) => [id, through?.id])).toEqual([
    ['operator-1-early', 'crew-early'],
    ['operator-1-late', 'crew-late'],
    ['operator-1-night', 'crew-night'],
  ])
  expect(cell?.rules[0]?.conditions).toEqual([
    'while the schedule early-door holds',
    'after 11 h of rest (a break up to 2 h is none)',
  ])
})

test('a prohibition alone marks a cell only where it names somebody', () => {
  const mark = (role: string, asset: string) =>
    matrix.cells.find(cell => cell.role === role && cell.asset === asset)?.mark
  expect(mark('cleaning', 'dock-1')).toBe('prohibited')
  expect(mark('finance', 'reactor-1')).toBeUndefined()
})

test('a prohibition without a condition takes away what is permitted', () => {
  const text = `edgeward: 1
site: { id: s, timeZone: UTC }
areas: { a: {} }
assets: { m: { in: a, kind: mill, functions: [run, stop] } }
roles: { r: {}, q: {} }
permissions: [{ who: [r, q], on: m, may: [run] }, { who: q, on: m, may: [stop] }]
prohibitions: [{ who: everyone, on: m, may: [run] }]
`
  const cells = matrixOf(siteOf(text), 1).cells.map(({ role, mark }) => [role, mark])
  expect(cells).toEqual([
    ['r', 'prohibited'],
    ['q', 'x'],
  ])
})

test('columns that belong together are neighbours: by area, then by kind', () => {
  const places = matrix.columns.map(({ areas, kind }) => `${areas.map(({ id }) => id).join('/')} ${kind.id}`)
  expect(places.filter((place, i) => places.indexOf(place) !== i && places[i - 1] !== place)).toEqual([])
  expect(matrix.columns).toHaveLength(27)
})
