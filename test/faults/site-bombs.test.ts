import { parseSiteFile } from '@edgeward/domain/site-file'
import { expect, test } from 'vitest'

const mebibyte = 1024 * 1024
const head = 'edgeward: 1\nsite: { id: s, timeZone: UTC }\n'

/** A file as large as it may be, of one thing over and over. */
const filled = (thing: string, { before = '', bytes = 16 * mebibyte } = {}): string =>
  head + before + thing.repeat(Math.floor((bytes - head.length - before.length) / thing.length))

/** Whole files of what the ordinary tests take half a mebibyte of: the same fault, and a cost that has grown no faster. */
const bombs: readonly (readonly [string, string, string])[] = [
  ['three million values', filled('1,', { before: 'roles: [', bytes: 6 * mebibyte }), 'out-of-range 3:5999987'],
  ['commas', filled(',', { before: 'roles: [' }), 'yaml-syntax 3:9'],
  ['missing commas', filled('""', { before: 'roles: [' }), 'yaml-syntax 3:11'],
  ['anchors', filled('&a x,', { before: 'roles: [' }), 'yaml-feature 3:12'],
  ['closing brackets', filled(']', { before: 'roles: []' }), 'yaml-syntax 3:10'],
  ['documents', filled('---\n'), 'yaml-feature 3:1'],
  ['comments behind a key that is none', filled('#\n', { before: 'rolls: []\n' }), 'unknown-key 3:1'],
]

test.each(bombs)('T42: a whole file of %s is one error, within what a thread gets', (_, text, expected) => {
  const before = process.cpuUsage()
  const { site, diagnostics } = parseSiteFile(text, 'site.yaml')
  const seconds = process.cpuUsage(before).user / 1_000_000
  expect(site).toBeUndefined()
  expect(diagnostics.slice(0, 1).map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual([expected])
  expect(seconds).toBeLessThan(60)
})

test('T42: 300 groups in one knot are one error', () => {
  const ids = Array.from({ length: 300 }, (_, i) => `g${i}`)
  const text = `${head}groups:\n${ids.map(id => `  ${id}: { members: [${ids.join(', ')}] }\n`).join('')}`
  expect(parseSiteFile(text, 'site.yaml').diagnostics.map(({ code }) => code)).toEqual(['group-cycle'])
})
