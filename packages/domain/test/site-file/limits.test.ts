import { expect, test } from 'vitest'
import { faultsOf, fileOf } from './sites.ts'

/** What a count of something brings: every bound is tested at the last that is taken and the first that is not. */
type Limit = readonly [what: string, most: number, file: (count: number) => string, fault: string]

const many = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(', ')
const door = 'assets: { d: { kind: door } }'
const dateOf = (index: number): string => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10)

const limits: readonly Limit[] = [
  ['areas', 2_000, n => fileOf(`areas: { ${many(n, i => `a${i}: {}`)} }`), 'out-of-range 3:8'],
  ['schedules', 1_000, n => fileOf(`schedules: { ${many(n, i => `s${i}: {}`)} }`), 'out-of-range 3:12'],
  ['windows', 100, n => fileOf(`schedules: { s: { windows: [${many(n, () => '{}')}] } }`), 'out-of-range 3:28'],
  [
    'dates of calendars',
    2_000,
    n => fileOf(`calendars: { a: [2026-01-01], b: [${many(n - 1, dateOf)}] }`),
    'out-of-range 3:12',
  ],
  [
    'rules',
    20_000,
    n => fileOf(door, `permissions: [${many(n, () => '{ who: everyone, on: d, may: all }')}]`),
    'out-of-range 4:14',
  ],
  [
    'roles of a person',
    200,
    n => fileOf(`roles: { ${many(n, i => `r${i}: {}`)} }`, `people: { p: { roles: [${many(n, i => `r${i}`)}] } }`),
    'out-of-range 4:23',
  ],
  [
    'assets of a module',
    1_000,
    n =>
      fileOf(
        `assets: { ${many(n, i => `d${i}: { kind: door }`)} }`,
        `modules: { m: { guards: [${many(n, i => `d${i}`)}] } }`,
      ),
    'out-of-range 4:25',
  ],
  [
    'expressions of a rule',
    64,
    n =>
      fileOf(
        door,
        `permissions: { who: everyone, on: d, may: all, when: { context: { ${many(n, i => `c${i}: a`)} } } }`,
      ),
    'out-of-range 4:65',
  ],
]

test.each(limits)('%s: %i are taken, one more is refused', (_, most, file, fault) => {
  expect(faultsOf(file(most))).toEqual([])
  expect(faultsOf(file(most + 1))).toEqual([fault])
})

test('T42: windows that are on no day are searched for a thousand times and no more', () => {
  const window = '{ recurrence: { start: 2026-01-01, rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" } }'
  const file = (schedules: number): string =>
    fileOf(
      'schedules:',
      ...Array.from({ length: schedules }, (_, i) => `  s${i}: { windows: [${many(100, () => window)}] }`),
    )
  expect(faultsOf(file(10))).toEqual(Array.from({ length: 10 }, (_, i) => `schedule-never ${4 + i}:3`))
  expect(faultsOf(file(30)).at(-1)).toBe('out-of-range 14:3')
  expect(faultsOf(file(30))).toHaveLength(11)
})
