// Runs the tests of some threats in a copied tree, with the settings that the tests have there.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A protection against endless work may be what the patch takes away. */
const longestRunMs = 10 * 60_000
/** Time for a run that is stopped to end its database. */
const endingMs = 10_000

const running = new Set()

/**
 * Answers `{ outcomes, problem }`: each test that ran as `{ titles, status, broken }` (`titles` from the outermost
 * `describe` to the test; `broken`: the code itself does not run), and in one line what kept tests from running.
 * Tests that need processes and parts of the system run only for a threat that has no others.
 */
export async function runTests({ tree, tests, ids, firstFailureOnly = false }) {
  const ordinary = ids.filter(id => filesOf(tests, id).some(file => !isSystem(file)))
  const system = ids.filter(id => !ordinary.includes(id))
  const runs = [
    { ids: ordinary, config: 'vitest.config.ts', files: ordinary.flatMap(id => filesOf(tests, id)).filter(isOrdinary) },
    { ids: system, config: 'vitest.system.config.ts', files: system.flatMap(id => filesOf(tests, id)) },
  ].filter(run => run.ids.length > 0)
  const results = []
  for (const run of runs) {
    if (run.config === 'vitest.system.config.ts') await build(tree)
    results.push(await vitest(tree, { ...run, firstFailureOnly }))
  }
  return { outcomes: results.flatMap(({ outcomes }) => outcomes), problem: results.find(run => run.problem)?.problem }
}

/** Ends what runs; the promises of `runTests` then resolve. */
export function endRuns() {
  for (const child of running) {
    child.kill('SIGINT')
    setTimeout(() => killGroup(child), endingMs).unref()
  }
}

async function vitest(tree, { ids, config, files, firstFailureOnly }) {
  const folder = mkdtempSync(join(tmpdir(), 'edgeward-sabotage-report-'))
  const report = join(folder, 'report.json')
  try {
    const args = [
      'run',
      '--config',
      config,
      '--reporter=json',
      `--outputFile=${report}`,
      '-t',
      `\\b(${ids.join('|')})\\b`,
    ]
    if (firstFailureOnly) args.push('--bail=1')
    const ended = await start(tree, [join(tree, 'node_modules/vitest/vitest.mjs'), ...args, ...new Set(files)])
    if (!existsSync(report)) return { outcomes: [], problem: ended.problem ?? lastLine(ended.output) }
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const unread = testResults.find(
      ({ assertionResults, status }) => status === 'failed' && assertionResults.length === 0,
    )
    return {
      outcomes: testResults.flatMap(({ assertionResults }) => assertionResults.map(outcome)),
      problem: ended.problem ?? (unread && `${unread.name.slice(tree.length + 1)}: ${lastLine(unread.message)}`),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function outcome({ ancestorTitles, title, status, failureMessages = [] }) {
  const broken = failureMessages.some(text => /^(ReferenceError|SyntaxError)\b/.test(text))
  return { titles: [...ancestorTitles, title], status, broken }
}

/** System tests start the programs as they are built. */
async function build(tree) {
  const { code, output } = await start(tree, [join(tree, 'scripts/build.mjs')])
  if (code !== 0) throw new Error(`building the copy failed: ${lastLine(output)}`)
}

function start(tree, args) {
  return new Promise(resolve => {
    // A group of its own: Ctrl-C in a terminal reaches this process alone, which then ends the other in order.
    const child = spawn(process.execPath, args, {
      cwd: tree,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    running.add(child)
    let output = ''
    let problem
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output = (output + text).slice(-20_000)
      })
    }
    const limit = setTimeout(() => {
      problem = `did not end within ${longestRunMs / 60_000} minutes`
      killGroup(child)
    }, longestRunMs)
    child.on('close', code => {
      clearTimeout(limit)
      running.delete(child)
      resolve({ code, output, problem })
    })
  })
}

function killGroup(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function filesOf(tests, id) {
  return [...(tests.get(id)?.keys() ?? [])].filter(file => file.endsWith('.test.ts'))
}

function isSystem(file) {
  return /^test\/(system|faults)\//.test(file)
}

function isOrdinary(file) {
  return !isSystem(file)
}

function lastLine(text = '') {
  return text.trim().split('\n').at(-1) ?? ''
}
