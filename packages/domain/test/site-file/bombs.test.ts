import { expect, test } from 'vitest'
import { parseSiteFile } from '../../src/site-file/index.ts'
import { faultsOf, fileOf } from './sites.ts'

const mebibyte = 1024 * 1024

/**
 * A file of one thing over and over. What it costs grows with its size and no faster, so a fraction of what a file may
 * have shows it; `test/faults/site-bombs.test.ts` takes the whole.
 */
const filled = (head: string, thing: string, bytes = mebibyte / 2): string =>
  head + thing.repeat(Math.floor((bytes - head.length) / thing.length))

/** Every one of them must be an error with a place, quickly and without much memory. */
const bombs: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'nine levels of aliases',
    fileOf(
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`),
    ),
    ['yaml-feature 3:9'],
  ],
  ['an anchor that contains itself', fileOf('roles: &r { a: *r }'), ['yaml-feature 3:11', 'yaml-feature 3:16']],
  ['a tag that a careless parser runs', fileOf('roles: !!js/function "() => 1"'), ['yaml-feature 3:22']],
  ['a local tag', fileOf('roles: !thing {}'), ['yaml-feature 3:15']],
  ['a set', fileOf('roles: !!set { a, b }'), ['yaml-feature 3:14']],
  ['a merge key', fileOf('roles:', '  a: {}', '  <<: {}'), ['yaml-feature 5:3']],
  ['100,000 brackets', fileOf(`roles: ${'['.repeat(100_000)}`), ['out-of-range 3:27']],
  ['100,000 braces', fileOf(`roles: ${'{a: '.repeat(100_000)}`), ['out-of-range 3:84']],
  ['100,000 dashes', fileOf('roles:', `  ${'- '.repeat(100_000)}x`), ['out-of-range 4:41']],
  ['100,000 question marks', fileOf('roles:', `  ${'? '.repeat(100_000)}x`), ['out-of-range 4:41']],
  ['100,000 colons', fileOf('roles:', `  ${'a: '.repeat(100_000)}x`), ['yaml-syntax 4:7']],
  [
    '100,000 indentations',
    fileOf(...Array.from({ length: 5_000 }, (_, i) => `${' '.repeat(i)}a:`)),
    ['out-of-range 23:21'],
  ],
  ['512 KiB of commas', filled(fileOf('roles: ['), ','), ['yaml-syntax 3:9']],
  ['512 KiB of closing brackets', filled(fileOf('roles: []'), ']'), ['yaml-syntax 3:10']],
  ['128 KiB of small values that never end', filled(fileOf('roles: ['), '1,', mebibyte / 8), ['yaml-syntax 3:8']],
  ['512 KiB of missing commas', filled(fileOf('roles: ['), '""'), ['yaml-syntax 3:11']],
  ['512 KiB of anchors', filled(fileOf('roles: ['), '&a x,'), ['yaml-feature 3:12']],
  ['512 KiB of documents', filled(fileOf(''), '---\n'), ['yaml-feature 3:1']],
  ['512 KiB of directives', filled('', '%A\n'), ['yaml-feature 1:1']],
  ['512 KiB of comments', `${filled('', '#\n')}`, ['version-unsupported 1:1']],
  ['more than 16 MiB', filled('# ', 'x', 17 * mebibyte), ['out-of-range 1:1']],
  [
    'an area in itself through others',
    fileOf('areas: { a: { in: b }, b: { in: c }, c: { in: a } }'),
    ['area-cycle 3:47'],
  ],
]

test.each(bombs)('T42: %s is an error with line and column, quickly', (_, text, expected) => {
  const before = process.cpuUsage()
  const faults = faultsOf(text)
  const seconds = process.cpuUsage(before).user / 1_000_000
  // The first of each code is enough: a bomb of features has many.
  expect(faults.slice(0, expected.length)).toEqual(expected)
  expect(new Set(faults.map(fault => fault.split(' ')[0])).size).toBe(1)
  expect(seconds).toBeLessThan(10)
})

test('T42: mappings and lists may be 20 deep, and not 21', () => {
  const deep = (levels: number): string =>
    fileOf(`people: { a: { preferences: { k: ${'['.repeat(levels - 5)}{}${']'.repeat(levels - 5)} } } }`)
  const inMap = (levels: number): string =>
    fileOf('people:', '  a:', '    preferences:', '      k:', ...nestedLines(levels - 4))
  const nestedLines = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `${' '.repeat(8 + 2 * i)}k:${i === count - 1 ? ' 1' : ''}`)
  expect(faultsOf(inMap(20))).toEqual([])
  expect(faultsOf(inMap(21))).toEqual(['out-of-range 23:41'])
  expect(faultsOf(deep(20))).toEqual(['wrong-type 3:34'])
  expect(faultsOf(deep(21))).toEqual(['out-of-range 3:50'])
})

test('T42: a file of 16 MiB is read, one byte more is refused', () => {
  const head = `${fileOf('# ')}`
  const whole = head + 'x'.repeat(16 * mebibyte - head.length)
  expect(faultsOf(whole)).toEqual([])
  expect(faultsOf(`${whole}x`)).toEqual(['out-of-range 1:1'])
  expect(faultsOf(new TextEncoder().encode(`${whole}x`))).toEqual(['out-of-range 1:1'])
})

test('T42: of very many errors the first are listed, and the last says that there are more', () => {
  const { site, diagnostics } = parseSiteFile(fileOf(`roles: { ${'A: {}, b: {}, '.repeat(5_000)} }`), 'site.yaml')
  expect(site).toBeUndefined()
  expect(diagnostics).toHaveLength(1_000)
  expect(diagnostics.at(-1)?.message).toContain('There are more')
})

test('T42: 150 groups in one knot are one error, quickly', () => {
  const ids = Array.from({ length: 150 }, (_, i) => `g${i}`)
  const text = fileOf('groups:', ...ids.map(id => `  ${id}: { members: [${ids.join(', ')}] }`))
  expect(faultsOf(text)).toEqual([
    `group-cycle 153:${4 + 'g149: { members: ['.length + ids.slice(0, -1).join(', ').length + 1}`,
  ])
})
