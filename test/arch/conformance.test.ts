import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, treeFiles } from './tree.ts'

const runners = 'apps/cli/src/conformance/'
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Named {
  readonly name: string
  readonly from: string
}

/** The values, not the types, that a source imports from our packages. Plumbing of `base` is nobody's behaviour. */
function importedValues(source: string): Named[] {
  const imports = source.matchAll(/^import \{([^}]*)\} from '(@edgeward\/(?!base')[^']+)'/gm)
  return [...imports].flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== '' && !name.startsWith('type '))
      .map(name => ({ name: name.split(' as ')[0] ?? name, from })),
  )
}

/** Whether a production source calls it: not only the file that makes it and the doors that pass it on. */
function isUsed(name: string, sources: ReadonlyMap<string, string>): boolean {
  const word = new RegExp(`\\b${name}\\b`)
  const made = new RegExp(`export (async )?(function\\*?|const|class) ${name}\\b`)
  return [...sources].some(([path, text]) => {
    if (path.endsWith('/index.ts') || !word.test(text)) return false
    return made.test(text) ? uses(text, name) : true
  })
}

/** Whether the file that makes it uses it itself. */
function uses(text: string, name: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  return (code.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1
}

/** The `software` driver without a folder: where the keys of the vectors lie, not what is judged by them. */
const benches = new Set(['createMemoryKeyStore'])

/** Primitives of the `software` driver that are held to their vectors before the part that needs them is there: cards, checkpoints. */
const awaited = new Set(['diversifiedKey', 'verifyEd25519'])

test('the conformance runners call only what the running parts call too', () => {
  const files = treeFiles().filter(path => /^(packages\/[^/]+|apps\/cli)\/src\/.*\.ts$/.test(path))
  const production = new Map(files.filter(path => !path.startsWith(runners)).map(path => [path, textOf(path)] as const))
  const called = files.filter(path => path.startsWith(runners)).flatMap(path => importedValues(textOf(path)))
  expect(called.length).toBeGreaterThan(5)
  const onlyForVectors = called.filter(
    ({ name }) => !benches.has(name) && !awaited.has(name) && !isUsed(name, production),
  )
  expect(onlyForVectors.map(({ name, from }) => `${from}: ${name}`)).toEqual([])
})

test('an export that only the runners call is found', () => {
  expect(importedValues("import { type Site, decideAsInVector } from '@edgeward/domain'")).toEqual([
    { name: 'decideAsInVector', from: '@edgeward/domain' },
  ])
  const maker = 'export function decideAsInVector() {}'
  const door = "export { decideAsInVector } from './decide.ts'"
  const packages = new Map([
    ['packages/domain/src/decide.ts', maker],
    ['packages/domain/src/index.ts', door],
  ])
  expect(isUsed('decideAsInVector', packages)).toBe(false)
  expect(isUsed('decideAsInVector', packages.set('packages/module/src/tap.ts', 'decideAsInVector()'))).toBe(true)
})
