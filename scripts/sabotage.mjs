// npm run sabotage [-- Tnn … --check --jobs N --root FOLDER]: test/sabotage/Tnn.patch removes the protection against Tnn
// and nothing else. Each is applied alone to a copy of the tree, where the tests whose titles name Tnn run; one of them
// must turn red. Prints `T27 red: TITLE` or `T27 STAYED GREEN`, and fails unless all turn red.
//   Tnn …     these alone (all otherwise)
//   --check   only whether each patch applies and each closed threat has one; runs no test
//   --jobs N  so many copies beside each other (1 otherwise)
//   --root    another tree than this one
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyTree, removeTree } from './sabotage/copied-tree.mjs'
import { appliesTo, withPatch } from './sabotage/patch.mjs'
import { endRuns, runTests } from './sabotage/run-tests.mjs'
import { namesThreat, patchedThreats, testsByThreat, threatRows, threats } from './threat-tests.mjs'

const { values, positionals } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    root: { type: 'string' },
  },
  allowPositionals: true,
})
const root = values.root ?? join(dirname(fileURLToPath(import.meta.url)), '..')
const jobs = Number(values.jobs)
const there = patchedThreats(root)
const chosen = positionals.length > 0 ? positionals : there
const unknown = chosen.filter(id => !threats.includes(id))
if (unknown.length > 0 || !Number.isInteger(jobs) || jobs < 1 || jobs > 16) {
  console.error('usage: npm run sabotage -- [T01 …] [--check] [--jobs 1..16]')
  process.exit(2)
}

const tests = testsByThreat(root)
const copies = []
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)

/** Threats whose patch is missing, no longer applies, or has no test: nothing to run. */
const unusable = chosen.flatMap(id => {
  if (!there.includes(id)) return [[id, `has no patch (test/sabotage/${id}.patch)`]]
  if (!tests.has(id)) return [[id, 'has a patch, but no test is named after it']]
  const why = appliesTo(root, id)
  return why === undefined ? [] : [[id, `DOES NOT APPLY: ${why}`]]
})
for (const [id, why] of unusable) console.log(`${id} ${why}`)
const usable = chosen.filter(id => !unusable.some(([other]) => other === id))

process.exitCode = values.check ? check() : await run()

function check() {
  const missing = [...threatRows(root)].filter(([id, { closed }]) => closed && !there.includes(id)).map(([id]) => id)
  for (const id of missing) if (!chosen.includes(id)) console.log(`${id} is closed, but has no patch`)
  console.log(`${usable.length} apply, ${unusable.length} do not, ${missing.length} closed threats have none`)
  return unusable.length > 0 || missing.length > 0 ? 1 : 0
}

async function run() {
  const start = Date.now()
  const counts = { red: 0, green: 0, unusable: unusable.length }
  try {
    for (let n = 0; n < Math.min(jobs, usable.length); n++) copies.push(copyTree(root))
    const waiting = copies.length > 0 ? await greenOnes(copies[0]) : []
    counts.unusable += usable.length - waiting.length
    await Promise.all(
      copies.map(async tree => {
        for (let id = waiting.shift(); id !== undefined && !stopping; id = waiting.shift()) {
          counts[(await turnsRed(tree, id)) ? 'red' : 'green'] += 1
        }
      }),
    )
  } finally {
    for (const tree of copies) removeTree(tree)
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(0)
  console.log(`${counts.red} red, ${counts.green} stayed green, ${counts.unusable} do not apply (${seconds} s)`)
  return stopping ? 130 : counts.green > 0 || counts.unusable > 0 ? 1 : 0
}

/** A test that is red without the patch proves nothing: those whose tests are all green. */
async function greenOnes(tree) {
  const { outcomes, problem } = await runTests({ tree, tests, ids: usable })
  if (problem !== undefined && !stopping) console.log(`without any patch: ${problem}`)
  return usable.filter(id => {
    const own = outcomes.filter(({ titles }) => namesThreat(titles, id))
    const red = own.find(({ status }) => status === 'failed')
    if (red === undefined && own.some(({ status }) => status === 'passed')) return true
    if (!stopping) console.log(red ? `${id} IS RED WITHOUT ITS PATCH: ${red.titles.join(' > ')}` : `${id} RAN NO TEST`)
    return false
  })
}

async function turnsRed(tree, id) {
  const start = Date.now()
  const { outcomes, problem } = await withPatch({ root, tree, id }, () =>
    runTests({ tree, tests, ids: [id], firstFailureOnly: true }),
  )
  if (stopping) return false
  const red = outcomes.find(({ titles, status, broken }) => status === 'failed' && !broken && namesThreat(titles, id))
  const broken = outcomes.find(({ broken }) => broken)
  const seconds = `(${((Date.now() - start) / 1000).toFixed(1)} s)`
  const why = broken ? `: the patched code does not run: ${broken.titles.join(' > ')}` : problem ? `: ${problem}` : ''
  console.log(red ? `${id} red: ${red.titles.join(' > ')} ${seconds}` : `${id} STAYED GREEN${why} ${seconds}`)
  return red !== undefined
}

/** The copies go in `run`, once the tests that run in them have ended. */
function stop() {
  if (stopping) return
  stopping = true
  console.error('stopping')
  endRuns()
}
