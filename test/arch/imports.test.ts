import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** One file for each rule that breaks it, in a tree that otherwise has the real packages with empty doors. */
const offences: Record<string, { file: string; source: string; more?: Record<string, string> }> = {
  resolvable: { file: 'packages/domain/src/lost.ts', source: "import './nowhere.ts'" },
  'no-cycle': {
    file: 'packages/domain/src/hen.ts',
    source: "import type { Egg } from './egg.ts'\nexport type Hen = Egg",
    more: { 'packages/domain/src/egg.ts': "import type { Hen } from './hen.ts'\nexport type Egg = Hen" },
  },
  'direction-base': { file: 'packages/base/src/up.ts', source: "import '@edgeward/domain'" },
  'direction-domain': { file: 'packages/domain/src/up.ts', source: "import type {} from '@edgeward/keystore'" },
  'direction-keystore': { file: 'packages/keystore/src/up.ts', source: "import '@edgeward/transponder/apdu'" },
  'direction-transponder': { file: 'packages/transponder/src/up.ts', source: "import '@edgeward/domain'" },
  'direction-module': { file: 'packages/module/src/up.ts', source: "import '@edgeward/service/api'" },
  'direction-service': { file: 'packages/service/src/up.ts', source: "export * from '@edgeward/module'" },
  'direction-wallet': { file: 'packages/wallet/src/up.ts', source: "import '@edgeward/service'" },
  'direction-console': { file: 'apps/console/src/up.tsx', source: "await import('@edgeward/service')" },
  'direction-cli': { file: 'apps/cli/src/up.ts', source: "import '../../console/src/page.ts'" },
  'known-package': { file: 'packages/unheard/src/of.ts', source: "import '@edgeward/base'" },
  'only-through-doors': {
    file: 'packages/module/src/window.ts',
    source: "import '../../keystore/src/inner.ts'",
    more: { 'packages/keystore/src/inner.ts': 'export {}' },
  },
  'not-by-the-own-door': { file: 'packages/keystore/src/own.ts', source: "import '@edgeward/keystore/seal'" },
  'nobody-imports-apps': { file: 'packages/wallet/src/app.ts', source: "import '../../../apps/cli/src/main.ts'" },
  'sources-import-no-tests': {
    file: 'packages/base/src/tested.ts',
    source: "import '../test/helper.ts'",
    more: { 'packages/base/test/helper.ts': 'export {}' },
  },
  'service-api-is-schemas': { file: 'packages/service/src/api/routes.ts', source: "import 'fastify'" },
  'tap-reaches-no-network': {
    file: 'packages/module/src/tap/run.ts',
    source: "import '../step.ts'",
    more: { 'packages/module/src/step.ts': "import './deeper.ts'", 'packages/module/src/deeper.ts': "import 'mqtt'" },
  },
  'domain-is-pure': { file: 'packages/domain/src/disk.ts', source: "import 'node:fs'" },
  'child-processes': { file: 'packages/module/src/shell.ts', source: "import 'node:child_process'" },
  'conformance-runs-what-ships': {
    file: 'apps/cli/src/conformance/own.ts',
    source: "import '@edgeward/service/api'",
  },
}

const root = join(import.meta.dirname, '../..')
const tree = mkdtempSync(join(tmpdir(), 'edgeward-imports-'))
let lines: string[] = []
let status: number | null = null

beforeAll(() => {
  for (const folder of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, folder))) copyDoors(`${folder}/${name}`)
  }
  for (const name of ['mqtt', 'fastify']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
    write(`node_modules/${name}/index.js`, '')
  }
  write('packages/unheard/package.json', '{}')
  write('apps/cli/src/main.ts', 'export {}')
  write('apps/console/src/page.ts', 'export {}')
  // Nothing wrong here: what each may do.
  write('packages/domain/src/fine.ts', "import type {} from '@edgeward/base'\nimport 'node:crypto'")
  write('packages/service/src/database/fine.ts', "import 'node:child_process'")
  write('packages/service/src/api/fine.ts', "import type {} from '@edgeward/domain'")
  write('packages/module/src/sync/fine.ts', "import 'mqtt'\nimport '../ports.ts'")
  write('packages/module/src/tap/fine.ts', "import '@edgeward/transponder/aliro'")
  write('packages/wallet/src/fine.ts', "import '@edgeward/service/api'")
  write('apps/cli/src/conformance/fine.ts', "import '@edgeward/keystore/seal'\nimport 'node:fs'")
  for (const { file, source, more = {} } of Object.values(offences)) {
    write(file, source)
    for (const [path, text] of Object.entries(more)) write(path, text)
  }
  const run = spawnSync(process.execPath, [join(root, 'scripts/imports.mjs'), tree], { encoding: 'utf8' })
  status = run.status
  lines = `${run.stderr}\n${run.stdout}`.split('\n').filter(line => line !== '')
})

afterAll(() => rmSync(tree, { recursive: true, force: true }))

test.each(Object.entries(offences))('the rule %s refuses an import that breaks it', (rule, { file }) => {
  expect(lines.filter(line => line.startsWith(`${rule}: `) && line.includes(file))).not.toEqual([])
})

test('a tree with broken rules fails, and what is allowed is not among them', () => {
  expect(status).toBe(1)
  expect(lines.filter(line => /^[a-z-]+: \S*fine\.ts/.test(line))).toEqual([])
})

test('every rule that is in force has an import here that breaks it', () => {
  const configuration = readFileSync(join(root, '.dependency-cruiser.cjs'), 'utf8')
  const written = [...configuration.matchAll(/^\s+(?:\{ )?name: '([a-z-]+)'/gm)].map(match => match[1] as string)
  const directions = Object.keys(offences).filter(rule => rule.startsWith('direction-'))
  expect(written.length).toBeGreaterThan(10)
  expect([...written, ...directions].sort()).toEqual(Object.keys(offences).sort())
})

test('this tree breaks no rule, and every source file in it was looked at', () => {
  const run = spawnSync(process.execPath, [join(root, 'scripts/imports.mjs')], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  const [, modules, broken, unchecked] =
    /^(\d+) modules, (\d+) broken rules, (\d+) files not checked/.exec(run.stdout) ?? []
  expect({ broken, unchecked, status: run.status }).toEqual({ broken: '0', unchecked: '0', status: 0 })
  expect(Number(modules)).toBeGreaterThan(20)
})

test('an empty tree is refused, not praised', () => {
  const empty = mkdtempSync(join(tmpdir(), 'edgeward-empty-'))
  try {
    mkdirSync(join(empty, 'packages'))
    const run = spawnSync(process.execPath, [join(root, 'scripts/imports.mjs'), empty], { encoding: 'utf8' })
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('0 modules')
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
})

/** The package's package.json and an empty file for each door, linked where other packages look for it. */
function copyDoors(folder: string): void {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8')
  const { name, exports = {} } = JSON.parse(text) as { name: string; exports?: Record<string, Record<string, string>> }
  write(`${folder}/package.json`, text)
  for (const door of Object.values(exports)) write(join(folder, door['@edgeward/source'] as string), 'export {}')
  if (!name.startsWith('@')) return
  mkdirSync(join(tree, 'node_modules/@edgeward'), { recursive: true })
  symlinkSync(join(tree, folder), join(tree, 'node_modules', name))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), text)
}
