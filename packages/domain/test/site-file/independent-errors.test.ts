import { describe, expect, test } from 'vitest'
import { isTimeZone } from '../../src/schedule/zone.ts'
import { faultsOf, fileOf } from './sites.ts'

describe('an error says nothing about what is right beside it. site.md §8', () => {
  test('an id that is a role and a person is one error, and is both where one of them is named', () => {
    const text = fileOf(
      'roles: { ada: {} }',
      'people: { ada: {}, ben: { roles: ada, host: ada } }',
      'assets: { d: { kind: door } }',
      'permissions: [{ who: [{ person: ada }, { role: ada }], on: d, may: open }]',
    )
    expect(faultsOf(text)).toEqual(['duplicate-id 4:11'])
  })

  test('of keys that exclude each other the second in the file is wrong, in whatever order they are known', () => {
    const text = fileOf(
      'calendars: { h: 2026-01-01 }',
      'schedules:',
      '  a: { days: mon, windows: [{ from: "08:00" }], from: "07:00" }',
      '  b: { windows: [{ from: "08:00" }], days: mon, from: "07:00" }',
      '  c: { holidays: { only: h, include: h, exclude: h } }',
      '  d: { exceptions: { to: 2026-01-01, date: 2026-01-01, from: 2026-01-01, closed: true } }',
      'areas: { x: {} }',
      'assets: { d: { kind: door, in: x } }',
      'people: { p: {} }',
      'roles: { r: {} }',
      'organisations: { o: {} }',
      'permissions:',
      '  - { who: { organisation: o, person: p, role: r }, on: d, may: open }',
      '  - { who: p, on: { asset: d, kind: door, area: x }, may: open }',
      '  - { who: p, on: { kind: door, asset: d, area: x }, may: open }',
    )
    expect(faultsOf(text)).toEqual([
      'conflict 5:19',
      'conflict 6:38',
      'conflict 7:29',
      'conflict 8:38',
      'conflict 15:31',
      'conflict 16:31',
      'conflict 17:33',
    ])
  })

  test('a date that comes twice is told, whatever is wrong with the windows', () => {
    const text = fileOf(
      'schedules:',
      '  a:',
      '    exceptions:',
      '      - { date: 2026-01-01, closed: true }',
      '      - { date: 2026-01-01 }',
      '      - { date: 2026-01-01, closed: true, windows: {} }',
    )
    expect(faultsOf(text)).toEqual([
      'duplicate-exception 7:9',
      'missing-key 7:9',
      'duplicate-exception 8:9',
      'conflict 8:43',
    ])
  })

  test('a start that is no date does not hide a rule that is none', () => {
    const text = fileOf('schedules: { a: { recurrence: { start: 2026-02-30, rule: FREQ=HOURLY } } }')
    expect(faultsOf(text)).toEqual(['bad-date 3:40', 'rrule-unsupported 3:58'])
  })

  test('an asset that is wrong is guarded all the same', () => {
    const text = fileOf('assets: { d: 5 }', 'modules: { a: { guards: d }, b: { guards: d } }')
    expect(faultsOf(text)).toEqual(['wrong-type 3:14', 'guarded-twice 4:43'])
  })

  test('the second interlock of one id is told, even if it has no doors', () => {
    const text = fileOf(
      'assets: { d: { kind: door }, e: { kind: door } }',
      'interlocks: [{ id: a, doors: [d, e] }, { id: a }]',
    )
    expect(faultsOf(text)).toEqual(['missing-key 4:40', 'duplicate-id 4:46'])
  })

  test('a function is checked where the error of an asset leaves it open no longer', () => {
    const text = fileOf(
      'areas: { hall: {} }',
      'assets:',
      '  d: { kind: press, functions: run, in: hal }',
      '  e: { kind: press, functions: fix }',
      'permissions:',
      '  - { who: everyone, on: d, may: fly }',
      '  - { who: everyone, on: { kind: press }, may: [fly, run, fix] }',
      '  - { who: everyone, on: { area: hall }, may: [fly, run, fix] }',
    )
    expect(faultsOf(text)).toEqual([
      'unknown-reference 5:41 hall',
      'function-unknown 8:34',
      'function-unknown 9:49',
      'function-unknown 10:48',
      'function-unknown 10:58',
    ])
  })

  test.each(['assets: [d]', 'assets: { d: { kind: door, in: x } }\nareas: 5'])(
    'without sections to look into nothing is said of functions: %s',
    sections => {
      const text = fileOf(sections, 'permissions: [{ who: everyone, on: [d, { area: outside }], may: fly }]')
      expect(faultsOf(text).map(fault => fault.split(' ')[0])).toEqual(['wrong-type'])
    },
  )
})

test('a group has the externals who list it among its members', () => {
  const text = fileOf(
    'assets: { d: { kind: door } }',
    'roles: { guest: { external: true } }',
    'people: { p: { roles: guest, groups: inner }, own: { groups: team } }',
    'groups: { inner: {}, outer: { members: inner }, team: {} }',
    'permissions:',
    '  - { who: outer, on: d, may: open }',
    '  - { who: team, on: d, may: open }',
  )
  expect(faultsOf(text)).toEqual(['external-unconditional 8:12'])
})

test.each(['CET', 'EST', 'MST7MDT', 'WET', 'GMT'])('the abbreviation %s is no time zone', name => {
  expect(isTimeZone(name)).toBe(false)
})
