import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
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
    rows.map(id => `| ${id} | attack | prevented | ${states[id] ?? 'later: cards'} | |`).join('\n')

  // The number is put in here, since this file is read by the real run too.
  const testOf = (id: string): string => `test('${id}: a title', () => {})`

  test('passes where every threat is tested or put off, and writes which test it is', () => {
    write('docs/threats.md', page({ T07: '' }))
    write('packages/base/test/reader.test.ts', testOf('T07'))
    expect(run(script, [folder])).toMatchObject({ status: 0 })
    expect(run(script, ['--write', folder]).stdout).toContain('T07  tested')
    expect(run(script, [folder]).stdout).toContain('1 tested, 89 put off, 0 wrong')
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
