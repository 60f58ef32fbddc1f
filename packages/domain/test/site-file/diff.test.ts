import { expect, test } from 'vitest'
import { diffSites, exportSiteFile, formatDiff } from '../../src/site-file/index.ts'
import { fileOf, plantText, siteOf } from './sites.ts'

const plant = siteOf(plantText)
const diffOf = (before: string, after: string): readonly string[] =>
  formatDiff(diffSites(siteOf(before), siteOf(after)))

test('a site and its export are no difference, whatever its prototypes', () => {
  expect(diffSites(plant, siteOf(exportSiteFile(plant)))).toEqual([])
  expect(diffSites(plant, JSON.parse(JSON.stringify(plant)))).toEqual([])
})

test('against nothing all of a site is new', () => {
  const diff = diffSites(undefined, plant)
  expect(diff.every(({ change }) => change === 'added')).toBe(true)
  expect(formatDiff(diff)).toContain('+ people ada')
  expect(formatDiff(diff)[0]).toBe('+ site rhine-works')
})

test('what was added, removed and changed, with the members that changed', () => {
  const after = plantText
    .replace('heldOpen: 45s', 'heldOpen: 46s')
    .replace('timeZone: Europe/Zurich', 'timeZone: Europe/Paris')
    .replace('autonomy: 2d', 'autonomy: 3d')
    .replace(/^.*id: finance-1,.*\n/m, '')
    .replace('works: [2026-12-24, 2026-12-31]', 'works: [2026-12-24]\n  more: []')
    .replace('name: Rosa Kern, roles: plant-manager', 'name: Rosa Kern, roles: [plant-manager, finance]')
    .replace('who: [cleaning, contractor], on: { area: site } }', 'who: contractor, on: { area: site } }')
  const changes = diffOf(plantText, after)
  expect(changes.filter(line => !line.includes('validity') && !line.includes('from'))).toEqual(
    expect.arrayContaining([
      '~ site rhine-works: timeZone',
      '~ criticality 4: autonomy',
      '~ calendars works: dates',
      '+ calendars more',
      '~ assets gate-main: door',
      '- permissions finance-1',
      '- positionLogging 1',
      '+ positionLogging 1',
    ]),
  )
  expect(changes.find(line => line.startsWith('~ people rosa'))).toContain('roles')
})

test('of rules that change their order only those that moved', () => {
  const rules = (...ids: readonly string[]): string =>
    fileOf(
      'assets: { d: { kind: door } }',
      'roles: { op: {} }',
      'permissions:',
      ...ids.map(id => `  - { id: ${id}, who: op, on: d, may: open }`),
    )
  expect(diffOf(rules('a', 'b', 'c', 'd'), rules('d', 'a', 'b', 'c'))).toEqual(['~ permissions d: position'])
  expect(diffOf(rules('a', 'b', 'c'), rules('a', 'x', 'b', 'c'))).toEqual(['+ permissions x'])
})

test('a new order moves no other', () => {
  const order = '{ type: visit, who: everyone, on: d, from: 2026-01-01, to: 2026-01-01 }'
  const file = (...ids: readonly string[]): string =>
    fileOf('assets: { d: { kind: door } }', 'orders:', ...ids.map(id => `  ${id}: ${order}`))
  expect(diffOf(file('a', 'b'), file('1', 'a', 'b'))).toEqual(['+ orders 1'])
  expect(diffOf(file('9', '1'), file('1', '9'))).toEqual(['~ orders 1: position'])
})

test('an empty context section is a difference: no name may be used then', () => {
  expect(diffOf(fileOf(), fileOf('context: {}'))).toEqual(['~ site s: context'])
})
