import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, treeFiles } from './tree.ts'

interface SourceRule {
  readonly says: string
  readonly where: RegExp
  readonly except?: RegExp
  readonly refuses: RegExp
  /** What must be caught, and what must not: so that the rule can be seen to work. */
  readonly bad: readonly string[]
  readonly good: readonly string[]
}

// Written in parts: this file is searched too.
const slash = '/'
const machinePath = `${slash}work${slash}`

const rules: readonly SourceRule[] = [
  {
    says: 'clock and randomness are handed in to domain, keystore, transponder and module, never read',
    where: /^packages\/(domain|location|keystore|transponder|module)\/src\//,
    refuses: /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|process\.hrtime/,
    bad: ['const t = Date.now()', 'new Date( )', 'Math.random()', 'performance.now()'],
    good: ['new Date(instantMs)', 'clock.now()'],
  },
  {
    says: 'only the programs in apps/ read the environment',
    where: /^packages\/[^/]+\/src\//,
    refuses: /\bprocess\s*\.\s*env\b|\bprocess\[|\benv\b[^'"\n]*\}?\s*from\s*'node:process'|import\.meta\.env\b/,
    bad: ['process.env.HOME', "import { env } from 'node:process'", 'import.meta.env.MODE'],
    good: ['const environment = options.environment', 'process.pid'],
  },
  {
    says: 'no test is skipped, run alone or left to be written',
    where: /(^|\/)test\/.*\.tsx?$/,
    refuses: /\b(it|test|describe)\s*\.\s*(skip|only|todo|fails|skipIf|runIf)\b|\bx(it|test|describe)\(/,
    bad: ['test.skip', 'describe . only', 'it.todo', 'xit('].map(call => `${call}('a')`),
    good: ["test('skips what is old')", 'list.only()'],
  },
  {
    says: 'types are not switched off',
    where: /^(packages|apps|test|scripts)\/.*\.(ts|tsx|mts|mjs)$/,
    refuses: /@ts-(ignore|nocheck|expect-error)|\bas any(?=\s*([;,)\].}]|$))|\bas unknown as\b|\bas never as\b/m,
    bad: ['// @ts-ignore', 'f(x as any)', 'x as any\n', 'x as unknown as Key'],
    good: ['as unknown', 'as any other'],
  },
  {
    says: 'no path of a machine and no address of a registry is written down',
    where: /./,
    refuses: new RegExp(
      `(^|[^\\w.])${machinePath}(main|steering|shared|\\.)|(^|[^\\w])/(home|Users)/[a-z]|registry\\.(npmjs|yarnpkg)`,
      'm',
    ),
    bad: [`cd ${machinePath}main`, `x '${slash}home${slash}somebody/x'`, ['registry', 'npmjs', 'org'].join('.')],
    good: ['https://example.org/work/main', 'network/main'],
  },
  {
    says: 'the tree speaks of the project alone',
    where: /./,
    except: /^(package-lock\.json|vectors\/)/,
    refuses: new RegExp(
      [
        ['cla', 'ude'],
        ['anth', 'ropic'],
        ['chat', 'gpt'],
        ['co', 'pilot'],
        ['language ', 'model'],
        ['sub', 'agent'],
      ]
        .map(parts => `\\b${parts.join('')}`)
        .join('|'),
      'i',
    ),
    bad: [`written by ${['Cla', 'ude'].join('')}`],
    good: ['the pilot of the vehicle', 'user agent'],
  },
]

const texts = new Map<string, string>()
const textOf = (path: string): string => {
  const text = texts.get(path) ?? readFileSync(join(root, path), 'utf8')
  texts.set(path, text)
  return text
}
// The samples of this file would be found in it.
const files = treeFiles().filter(path => path !== 'test/arch/sources.test.ts')
const binary = /\.(png|jpe?g|ico|woff2?|gz|pdf)$/

test.each(rules.map(rule => [rule.says, rule] as const))('%s', (_, { where, except, refuses }) => {
  const looked = files.filter(path => where.test(path) && !except?.test(path) && !binary.test(path))
  expect(looked.length).toBeGreaterThan(0)
  const found = looked.flatMap(path => {
    const match = refuses.exec(textOf(path))
    return match === null ? [] : [`${path}: ${match[0].trim()}`]
  })
  expect(found).toEqual([])
})

test.each(rules.map(rule => [rule.says, rule] as const))('can fail: %s', (_, { refuses, bad, good }) => {
  expect(bad.filter(text => !refuses.test(text))).toEqual([])
  expect(good.filter(text => refuses.test(text))).toEqual([])
})

test('what was proven is a type that one file makes, and no other casts to', () => {
  const casts = /\bas (Authenticated|Opened|Verified|Proven)</g
  const makers = new Map<string, Set<string>>()
  for (const path of files.filter(file => /^(packages|apps)\/[^/]+\/(src|test)\//.test(file))) {
    for (const [, proof = ''] of textOf(path).matchAll(casts)) {
      makers.set(proof, (makers.get(proof) ?? new Set()).add(path))
    }
  }
  expect([...makers].filter(([, paths]) => paths.size > 1 || [...paths].some(path => path.includes('/test/')))).toEqual(
    [],
  )
})

test('T51: nothing that starts programs or evaluates text is reached by another way than an import', () => {
  const sources = files.filter(path => /^(packages|apps)\/[^/]+\/src\/.*\.tsx?$/.test(path))
  const ways = /process\.binding|\bnew Function\b|\beval\(|createRequire|getBuiltinModule/
  expect(sources.filter(path => ways.test(textOf(path)))).toEqual([])
})
