import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMap, isScalar, isSeq, type Node, parseAllDocuments } from 'yaml'
import type { Node as TreeNode } from '../../src/site-file/node.ts'
import { readTree } from '../../src/site-file/yaml/read-tree.ts'
import { plantText } from './sites.ts'

// Our reader of the structure against the library's own: it must never accept what the library refuses, and what both
// accept must be the same tree at the same places. Where we refuse more, YAML 1.2 does too (a `:` on a line of its own
// behind a quoted key, a tab as indentation).

type Shown =
  | readonly ['scalar', number, unknown]
  | readonly ['list', number, readonly Shown[]]
  | readonly ['map', number, readonly Shown[]]

function libraryTree(text: string): Shown | 'refused' | 'several' | 'nothing' {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [first, second] = 'empty' in documents ? [] : documents
  if (first === undefined) return 'nothing'
  if (first.errors.some(({ code }) => code !== 'TAG_RESOLVE_FAILED')) return 'refused'
  if (second !== undefined) return 'several'
  return first.contents === null || first.contents.range[0] === first.contents.range[1]
    ? 'nothing'
    : shown(first.contents, text)
}

function shown(node: Node, text: string): Shown {
  const at = node.range?.[0] ?? -1
  if (isSeq<Node>(node)) return ['list', at, node.items.map(item => withoutPlaceOfNothing(shown(item, text)))]
  if (!isMap<Node, Node>(node)) return ['scalar', at, isScalar(node) ? node.value : 'alias']
  const entries = node.items.flatMap(({ key, value }) => {
    const plain = isScalar(key) && typeof key.value !== 'string' ? text.slice(...(key.range ?? [0, 0])) : undefined
    const shownKey: Shown = plain === undefined ? shown(key, text) : ['scalar', key.range?.[0] ?? -1, plain.trimEnd()]
    return [withoutPlaceOfNothing(shownKey), value === null ? nothing : withoutPlaceOfNothing(shown(value, text))]
  })
  const first = node.items[0]?.key.range?.[0]
  return ['map', node.flow === true || first === undefined ? at : first, entries]
}

const nothing: Shown = ['scalar', -1, null]
/** Where nothing is written there is no place to agree on. */
const withoutPlaceOfNothing = (node: Shown): Shown =>
  node[0] === 'scalar' && (node[2] === null || node[2] === '') ? ['scalar', -1, node[2]] : node

function ourTree(node: TreeNode): Shown {
  if (node.kind === 'scalar') return ['scalar', node.at, node.value]
  if (node.kind === 'list') return ['list', node.at, node.items.map(item => withoutPlaceOfNothing(ourTree(item)))]
  const entries = node.entries.flatMap(({ key, keyAt, value }): Shown[] => [
    withoutPlaceOfNothing(['scalar', keyAt, key]),
    withoutPlaceOfNothing(ourTree(value)),
  ])
  return ['map', node.at, entries]
}

function compare(text: string): 'same' | 'refused' | 'skipped' {
  const library = libraryTree(text)
  const { root, faults } = readTree(text)
  if (faults.some(({ code }) => code === 'yaml-syntax' || code === 'yaml-feature')) return 'refused'
  if (library === 'refused') throw new Error(`accepted, but the library refuses: ${JSON.stringify(text)}`)
  // Keys that come twice or are no text are left out of our tree.
  if (faults.length > 0) return 'skipped'
  if (library === 'several' || library === 'nothing') {
    expect(root === undefined || root.kind === 'scalar', JSON.stringify(text)).toBe(true)
    return 'skipped'
  }
  expect(root && ourTree(root), JSON.stringify(text)).toEqual(library)
  return 'same'
}

const folder = new URL('../../../../vectors/site-errors/', import.meta.url)
const texts: readonly string[] = [
  ...readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .map(file => readFileSync(new URL(file, folder), 'utf8')),
  plantText.slice(0, 8_000),
  'a:\n  - b: c\n    d: |\n      text\n      more\n  - [x, {y: z}]\n? k\n: v\ne: >-\n  folded\n  line\n\nf: "q\n  r"\n',
  'a: |+\n  x\n\nb: |2\n    y\nc:\n- 1\n- - 2\n  - 3\n-1: ~\nd: "\\u00e9\\n"\n',
]

test('the library and we read the same trees from whole files', () => {
  expect(compare(plantText)).toBe('same')
  expect(texts.map(compare).filter(result => result === 'same').length).toBeGreaterThan(20)
})

const pieces = [
  ...[
    'a',
    'b:',
    'c: ',
    '- ',
    '-',
    ': ',
    ':',
    '\n',
    '\n  ',
    '\n    ',
    '\n ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    ',',
    '"x"',
    "'y'",
  ],
  ...['"x\\n"', '"', "'", ' ', '  ', '# c', ' # c\n', '|\n', '>-\n', '1', 'true', '~', 'k: v', 'k:\n  ', '- a\n'],
  ...['- k: v\n', '---\n', '...\n', '&a ', '*a', '!t ', '\t', 'x y', '2026-01-01', '"06:00"', 'a:b', '|2\n', '@', '%'],
  ...['\r\n', '""', '-1', '<<: ', '0x1f', '1e3', '.5', 'null'],
]
const piece = fc.constantFrom(...pieces)

/** Texts that no writer of a mapping makes: at the top level they differ, and are refused as no mapping anyway. */
const isOfNoInterest = (text: string): boolean => /^\s*[|>]/.test(text) || text.includes('\t')

test('T42: nothing that the library refuses is accepted, and what both accept is the same: random pieces', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14, size: 'max' }), parts => {
      const text = parts.join('')
      fc.pre(!isOfNoInterest(text))
      compare(text)
    }),
    { numRuns: 1_500 },
  )
})

test('T42: nothing that the library refuses is accepted, and what both accept is the same: damaged files', () => {
  const results: string[] = []
  const damage = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: piece })
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
      let damaged = text
      for (const { at, cut, put } of damages) {
        const place = at % (damaged.length + 1)
        damaged = damaged.slice(0, place) + put + damaged.slice(place + cut)
      }
      fc.pre(!isOfNoInterest(damaged))
      results.push(compare(damaged))
    }),
    { numRuns: 800 },
  )
  expect(results.filter(result => result === 'same').length).toBeGreaterThan(80)
})
