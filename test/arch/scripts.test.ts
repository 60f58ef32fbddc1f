import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { root } from './tree.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-scripts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  return join(folder, path)
}

function run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: environment,
  })
  return { status, stdout, stderr }
}

describe('npm run threats', () => {
  const script = join(root, 'scripts/threats.mjs')
  const rows = Array.from({ length: 90 }, (_, index) => `T${String(index + 1).padStart(2, '0')}`)
  const page = (states: Readonly<Record<string, string>>): string =>
    rows.map(id => `| ${id} | attack | prevented | ${states[id] ?? 'later: cards'} | | |`).join('\n')

  // The number is put in here, since this file is read by the real run too.
  const testOf = (id: string): string => `test('${id}: a title', () => {})`

  test('passes where every threat is tested or put off, and writes which test it is', () => {
    write('docs/threats.md', page({ T07: '' }))
    write('packages/base/test/reader.test.ts', testOf('T07'))
    expect(run(script, [folder])).toMatchObject({ status: 0 })
    expect(run(script, ['--write', folder]).stdout).toContain('T07  tested')
    expect(run(script, [folder]).stdout).toContain('1 tested, 0 of them closed, 89 put off, 0 patches, 0 wrong')
  })

  test('fails on a threat that is neither tested nor put off', () => {
    write('docs/threats.md', page({ T64: '' }))
    expect(run(script, [folder])).toMatchObject({ status: 1, stderr: 'T64: neither tested nor put off\n' })
  })

  test('fails when the test that the page names has gone, or a title names no threat', () => {
    write('docs/threats.md', page({ T07: '' }))
    const path = write('test/system/plant.test.ts', testOf('T07'))
    run(script, ['--write', folder])
    writeFileSync(path, testOf('T99'))
    const { status, stderr } = run(script, [folder])
    expect(status).toBe(1)
    expect(stderr).toContain('T99: is no threat')
    expect(stderr).toContain('T07: neither tested nor put off')
  })

  test('fails on a closed threat without a patch, and keeps that somebody called it closed', () => {
    write('docs/threats.md', page({ T07: 'closed; later: cards' }))
    write('packages/base/test/reader.test.ts', testOf('T07'))
    expect(run(script, ['--write', folder])).toMatchObject({
      status: 1,
      stderr: 'T07: is closed, but test/sabotage/T07.patch is not there\n',
    })
    write('test/sabotage/T07.patch', '')
    const { status, stdout } = run(script, ['--write', folder])
    expect(status).toBe(0)
    expect(stdout).toMatch(/T07 {2}closed; later: cards +yes/)
  })

  test('fails on a patch that no test is beside', () => {
    write('docs/threats.md', page({}))
    write('test/sabotage/T07.patch', '')
    expect(run(script, [folder]).stderr).toBe('T07: has a patch, but no test is named after it\n')
  })
})

describe('npm run sabotage', () => {
  const script = join(root, 'scripts/sabotage.mjs')
  const sabotage = (...args: string[]) =>
    run(script, ['--root', folder, ...args], { ...process.env, TMPDIR: join(folder, 'tmp') })

  /** A guard, its patch and its test, in a tree with a test runner. */
  function guarded(id: string, patched: string, body = `expect(guard(11)).toBe(false)`): void {
    const file = `packages/base/src/${id}.js`
    const line = 'export const guard = n => n < 10'
    write(file, `${line}\n`)
    write(
      `test/sabotage/${id}.patch`,
      `# no guard\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-${line}\n+export const guard = n => ${patched}\n`,
    )
    write(
      `packages/base/test/${id}.test.ts`,
      `import { expect, test } from 'vitest'\nimport { guard } from '../src/${id}.js'\ntest('${id}: a guard', () => { ${body} })`,
    )
  }

  beforeEach(() => {
    for (const name of ['vitest', 'vite']) {
      mkdirSync(join(folder, 'node_modules'), { recursive: true })
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    write('vitest.config.ts', 'export default {}')
    write('.gitignore', 'node_modules/\ntmp/')
    mkdirSync(join(folder, 'tmp'))
    write('docs/threats.md', '| T05 | attack | prevented | closed | | |')
    spawnSync('git', ['init', '-q'], { cwd: folder })
  })

  test('tells a patch that turns a test red from those that prove nothing, and leaves nothing behind', () => {
    guarded('T01', 'true')
    guarded('T02', 'n < 9')
    guarded('T03', 'nowhere(n)')
    guarded('T04', 'true', 'expect(guard(9)).toBe(false)')
    const { status, stdout } = sabotage()
    expect(status).toBe(1)
    const lines = stdout.replaceAll(/ \([\d.]+ s\)/g, '').split('\n')
    expect(lines).toEqual([
      'T04 IS RED WITHOUT ITS PATCH: T04: a guard',
      'T01 red: T01: a guard',
      'T02 STAYED GREEN',
      'T03 STAYED GREEN: the patched code does not run: T03: a guard',
      '1 red, 2 stayed green, 1 do not apply',
      '',
    ])
    expect(readdirSync(join(folder, 'tmp')).filter(name => name.startsWith('edgeward-'))).toEqual([])
    expect(sabotage('T01')).toMatchObject({ status: 0 })
  })

  test('--check names what does not apply and what is closed without a patch', () => {
    guarded('T01', 'true')
    guarded('T02', 'true')
    write('packages/base/src/T02.js', 'export const guard = n => n < 20\n')
    const { status, stdout } = sabotage('--check')
    expect(status).toBe(1)
    expect(stdout).toContain('T02 DOES NOT APPLY: error: patch failed')
    expect(stdout).toContain('T05 is closed, but has no patch\n1 apply, 1 do not, 1 closed threats have none')
  })
})

describe('the closing line of .ci/run', () => {
  const script = join(root, '.ci/summary.mjs')
  const report = (passed: number, failed: number): string =>
    JSON.stringify({
      numTotalTests: passed + failed,
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: 0,
      numTodoTests: 0,
    })

  test('adds the tests of both runs and one for each other step', () => {
    write('steps.tsv', 'test\t0\t40\nlint\t0\t2\ntypes\t0\t9\nsystem\t0\t100\n')
    write('test.json', report(40, 0))
    write('system.json', report(7, 0))
    const { status, stdout } = run(script, [folder])
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('49 passed, 0 failed')
  })

  test('counts a step that failed without a failed test, and fails', () => {
    write('steps.tsv', 'test\t1\t40\nlint\t1\t2\nsystem\t124\t1800\n')
    write('test.json', report(40, 0))
    const { status, stdout } = run(script, [folder])
    expect(status).toBe(1)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('40 passed, 3 failed')
  })

  test('a run of no tests is a failure', () => {
    write('steps.tsv', 'test\t0\t1\n')
    write('test.json', report(0, 0))
    expect(run(script, [folder])).toMatchObject({ status: 1 })
  })
})

describe('before npm start and npm test', () => {
  const lock = (integrity: string, more: object = {}): string =>
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { integrity }, 'packages/b': {}, ...more } })

  /** Runs the script in a tree of its own, where `npm` and the build only leave their names. */
  function ensureInstalled(...args: string[]): string[] {
    cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true })
    for (const name of ['npm', 'build']) rmSync(join(folder, `ran-${name}`), { force: true })
    write('scripts/build.mjs', "import { writeFileSync } from 'node:fs'\nwriteFileSync('ran-build', '')")
    chmodSync(write('bin/npm', '#!/bin/sh\ntouch ran-npm\n'), 0o755)
    mkdirSync(join(folder, 'packages'), { recursive: true })
    mkdirSync(join(folder, 'apps'), { recursive: true })
    const environment = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` }
    const { status } = spawnSync(process.execPath, ['scripts/ensure-installed.mjs', ...args], {
      cwd: folder,
      env: environment,
    })
    expect(status).toBe(0)
    return ['npm', 'build'].filter(name => existsSync(join(folder, `ran-${name}`)))
  }

  test('a fresh clone is installed, an installed one is not installed again', () => {
    write('package-lock.json', lock('sha512-1'))
    expect(ensureInstalled()).toEqual(['npm'])
    write('node_modules/.package-lock.json', lock('sha512-1'))
    expect(ensureInstalled()).toEqual([])
  })

  test('it is installed again when the lockfile asks for something else', () => {
    write('node_modules/.package-lock.json', lock('sha512-1'))
    write('package-lock.json', lock('sha512-2'))
    expect(ensureInstalled()).toEqual(['npm'])
    write('package-lock.json', lock('sha512-1', { 'node_modules/new': { integrity: 'sha512-3' } }))
    expect(ensureInstalled()).toEqual(['npm'])
    write('package-lock.json', lock('sha512-1', { 'node_modules/mac': { integrity: 'sha512-4', optional: true } }))
    expect(ensureInstalled()).toEqual([])
  })

  test('a start builds what has changed since the last build, and nothing otherwise', () => {
    for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) write(file, lock('sha512-1'))
    const settings = ['package-lock.json', write('tsconfig.base.json', '{}'), write('packages/b/src/a.ts', '')]
    for (const path of settings) utimesSync(join(folder, path.replace(folder, '')), 1_000, 1_000)
    expect(ensureInstalled('built')).toEqual(['build'])
    utimesSync(write('node_modules/.cache/edgeward-built', ''), 2_000, 2_000)
    expect(ensureInstalled('built')).toEqual([])
    utimesSync(join(folder, 'packages/b/src/a.ts'), 3_000, 3_000)
    expect(ensureInstalled('built')).toEqual(['build'])
    expect(ensureInstalled()).toEqual([])
  })
})
