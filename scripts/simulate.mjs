// npm run simulate -- [--seeds N] [--seconds S] [--from SEED] [--trace] [--json]: a plant in one process, every port driven
// by one seed (test/simulation). A seed that fails is printed with the last steps and the command that repeats it.
//   --seeds N    so many seeds (1,000 when no --seconds is given)
//   --seconds S  as many as fit into so long
//   --from SEED  the first seed; without it a random one, which is printed
//   --trace      every step, of one seed
//   --json       the figures as JSON
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    from: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds ?? 0)
const seeds = Number(values.seeds ?? (values.trace ? 1 : seconds > 0 ? 2 ** 31 : 1_000))
const from = Number(values.from ?? randomInt(1, 2 ** 31))
if (![seconds, seeds, from].every(number => Number.isFinite(number) && number >= 0)) {
  console.error('usage: npm run simulate -- [--seeds N] [--seconds S] [--from SEED] [--trace] [--json]')
  process.exit(2)
}

const bundle = await bundled()
const workers = Math.min(values.trace ? 1 : availableParallelism(), seeds, 8)
const started = performance.now()
const totals = { seeds: 0, steps: 0, taps: 0, permits: 0, cuts: 0, restarts: 0, envelopes: 0, networkFaults: 0 }
const failures = []
if (!values.json) console.log(`seeds from ${from} on, ${workers} workers`)
const progress = values.json ? undefined : setInterval(() => console.log(shownTotals()), 10_000)
const children = []
const codes = await Promise.all(Array.from({ length: workers }, (_, i) => work(i)))
clearInterval(progress)
rmSync(bundle, { force: true })
report()

/** The simulation as one file that this Node can run. */
async function bundled() {
  const folder = join(root, 'node_modules/.cache/edgeward-simulation')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `main-${process.pid}.mjs`)
  const build = await rolldown({
    input: join(root, 'test/simulation/main.ts'),
    platform: 'node',
    external: ['libsql', 'mqtt'],
    resolve: { conditionNames: ['@edgeward/source', 'node', 'import'] },
    logLevel: 'warn',
  })
  await build.write({ file, format: 'esm', codeSplitting: false })
  await build.close()
  return file
}

/** One process goes through every so-many-th seed. */
function work(i) {
  const count = Math.ceil((seeds - i) / workers)
  const args = [bundle, from + i, workers, count, seconds, values.trace ? 'trace' : ''].map(String)
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  createInterface({ input: child.stdout }).on('line', line => take(JSON.parse(line)))
  return new Promise(resolve => child.on('close', code => resolve(code ?? 1)))
}

function take({ seed, steps, counts, violation, last }) {
  totals.seeds += 1
  totals.steps += steps
  for (const [name, count] of Object.entries(counts)) totals[name] += count
  if (violation === undefined) return
  failures.push({ seed, violation })
  if (values.json) return
  console.log(`\nseed ${seed}, step ${steps}: ${violation.invariant} (${violation.clause})`)
  console.log(`  ${violation.module}: ${violation.what}`)
  for (const line of last) console.log(`  ${line}`)
  console.log(`  again: npm run simulate -- --seeds 1 --from ${seed} --trace\n`)
}

function shownTotals() {
  const took = (performance.now() - started) / 1_000
  const { seeds: done, steps, taps, permits, cuts, envelopes, networkFaults } = totals
  const rate = (done / took).toFixed(1)
  return `${done} seeds, ${steps} steps, ${taps} taps, ${permits} permits, ${cuts} cuts, ${envelopes} envelopes (${networkFaults} met a fault), ${rate} seeds/s, ${failures.length} failed`
}

function report() {
  const took = (performance.now() - started) / 1_000
  if (values.json) console.log(JSON.stringify({ from, ...totals, seconds: took, failures }))
  else console.log(shownTotals())
  process.exitCode = failures.length > 0 || codes.some(code => code !== 0) || totals.seeds === 0 ? 1 : 0
}
