// node .ci/summary.mjs FOLDER: adds up what the steps of .ci/run left there. `steps.tsv` holds a line for each step:
// its name, its exit code, its seconds. A step with a report of vitest (NAME.json) counts its tests, any other counts
// as one check. A step that failed without a failed test (it could not start, say) is one failure.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const steps = readFileSync(join(folder, 'steps.tsv'), 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split('\t'))

let passed = 0
let failed = 0
let skipped = 0
console.log('\nstep              result            seconds')
for (const [name, exitCode, seconds] of steps) {
  const result = counted(name, exitCode === '0')
  passed += result.passed
  failed += result.failed
  skipped += result.skipped
  const words = `${result.passed} passed, ${result.failed} failed`
  console.log(`${name.padEnd(16)}  ${words.padEnd(24)}  ${seconds.padStart(6)}`)
}
console.log('')
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function counted(name, succeeded) {
  const path = join(folder, `${name}.json`)
  if (!existsSync(path)) return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  const failures = report.numFailedTests
  const nothingRan = report.numTotalTests === 0
  return {
    passed: report.numPassedTests,
    failed: failures === 0 && (!succeeded || nothingRan) ? 1 : failures,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
