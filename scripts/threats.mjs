// npm run threats [-- --write] [FOLDER]: docs/threats.md beside the titles of the tests and the patches of
// test/sabotage. Prints each threat with its state; fails when one is neither tested nor put off, when one that is
// `closed` has no test or no patch, when the page claims a test that is not there, or when a test or a patch names a
// threat that the page does not know. With --write the page's columns `State`, `Sabotage` and `Tests` are brought up
// to date first; the word `closed` is a person's and stays.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cellsOf, isClosed, laterOf, patchedThreats, testsByThreat, threatRows, threats } from './threat-tests.mjs'

const folder = process.argv.slice(2).find(argument => !argument.startsWith('--'))
const root = folder ?? join(dirname(fileURLToPath(import.meta.url)), '..')
const page = join(root, 'docs/threats.md')

const tests = testsByThreat(root)
const patches = new Set(patchedThreats(root))
if (process.argv.includes('--write')) writeFileSync(page, rewritten(readFileSync(page, 'utf8')))
const rows = threatRows(root)

const faults = [
  ...threats.filter(id => !rows.has(id)).map(id => `${id}: has no row`),
  ...[...tests.keys()]
    .filter(id => !threats.includes(id))
    .map(id => `${id}: is no threat, but a test is named after it`),
  ...[...patches].filter(id => !tests.has(id)).map(id => `${id}: has a patch, but no test is named after it`),
  ...[...rows].flatMap(([id, row]) => rowFaults(id, row)),
]

for (const id of threats) {
  const state = stateOf(id, rows.get(id)?.state ?? '')
  console.log(`${id}  ${state.padEnd(36)} ${sabotageOf(id).padEnd(4)}  ${testList(id)}`)
}
const tested = threats.filter(id => tests.has(id)).length
const closed = threats.filter(id => rows.get(id)?.closed).length
const later = threats.filter(id => !tests.has(id) && rows.get(id)?.later).length
console.log(
  `\n${tested} tested, ${closed} of them closed, ${later} put off, ${patches.size} patches, ${faults.length} wrong`,
)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function rowFaults(id, { state, closed, files, later, sabotage }) {
  const here = tests.get(id) ?? new Map()
  const found = files
    .filter(file => !here.has(file))
    .map(file => `${id}: the page names ${file}, which has no test of it`)
  if (here.size === 0 && later === '') found.push(`${id}: neither tested nor put off`)
  else if (here.size === 0 && /^(tested|closed)/.test(state))
    found.push(`${id}: the page says ${state}, no title says so`)
  if (closed && !patches.has(id)) found.push(`${id}: is closed, but test/sabotage/${id}.patch is not there`)
  else if (sabotage === 'yes' && !patches.has(id)) found.push(`${id}: the page names a patch that is not there`)
  return found
}

function stateOf(id, written) {
  const word = isClosed(written) ? 'closed' : tests.has(id) ? 'tested' : ''
  const later = laterOf(written)
  return [word, later ? `later: ${later}` : ''].filter(part => part !== '').join('; ') || 'open'
}

function sabotageOf(id) {
  if (patches.has(id)) return 'yes'
  return tests.has(id) ? 'none' : ''
}

function testList(id) {
  return [...(tests.get(id) ?? [])].map(([path, count]) => `${path} (${count})`).join(', ')
}

function rewritten(text) {
  return text
    .split('\n')
    .map(line => {
      const row = cellsOf(line)
      if (row === undefined) return line
      const [id, attack, prevented, state] = row
      const files = [...(tests.get(id)?.keys() ?? [])].sort().map(path => `\`${path}\``)
      return `| ${[id, attack, prevented, stateOf(id, state), sabotageOf(id), files.join(' ')].join(' | ')} |`
    })
    .join('\n')
}
