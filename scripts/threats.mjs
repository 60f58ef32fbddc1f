// npm run threats [-- --write] [FOLDER]: docs/threats.md beside the titles of the tests. Prints each threat with its state; fails
// when one is neither tested nor put off, when the page claims a test that is not there, or when a test names a threat
// that the page does not know. With --write the page's columns `State` and `Tests` are brought up to date first.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const lastThreat = 90
/** `test('T01: …`, `describe('T01, T02: …`, `test.each(…)('T01: …`: the first argument of a call, with its threats. */
const title = /(?:\b(?:test|it|describe)|\))\(\s*['"`](T\d{2}(?:,? (?:and )?T\d{2})*): /g
const folder = process.argv.slice(2).find(argument => !argument.startsWith('--'))
const root = folder ?? join(dirname(fileURLToPath(import.meta.url)), '..')
const page = join(root, 'docs/threats.md')

const tests = testsByThreat()
if (process.argv.includes('--write')) writeFileSync(page, rewritten(readFileSync(page, 'utf8')))
const rows = new Map(readFileSync(page, 'utf8').split('\n').flatMap(parsedRow))
const ids = Array.from({ length: lastThreat }, (_, index) => `T${String(index + 1).padStart(2, '0')}`)

const faults = [
  ...ids.filter(id => !rows.has(id)).map(id => `${id}: has no row`),
  ...[...tests.keys()].filter(id => !ids.includes(id)).map(id => `${id}: is no threat, but a test is named after it`),
  ...[...rows].flatMap(([id, row]) => rowFaults(id, row)),
]

for (const id of ids) console.log(`${id}  ${stateOf(id, rows.get(id)?.later ?? '').padEnd(36)} ${describe(id)}`)
const tested = ids.filter(id => tests.has(id)).length
const later = ids.filter(id => !tests.has(id) && rows.get(id)?.later).length
console.log(`\n${tested} tested, ${later} put off, ${faults.length} wrong`)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function rowFaults(id, { state, files, later }) {
  const here = tests.get(id) ?? new Map()
  if (here.size === 0 && later === '') return [`${id}: neither tested nor put off`]
  const gone = files
    .filter(file => !here.has(file))
    .map(file => `${id}: the page names ${file}, which has no test of it`)
  if (state.startsWith('tested') && here.size === 0) gone.push(`${id}: the page says tested, no title says so`)
  return gone
}

/** Test files by threat, with the number of titles in each. */
function testsByThreat() {
  const found = new Map()
  const places = ['packages', 'apps']
    .filter(parent => existsSync(join(root, parent)))
    .flatMap(parent => readdirSync(join(root, parent)).map(name => `${parent}/${name}/test`))
  for (const path of [...places, 'test'].flatMap(testFiles)) {
    for (const [, ids] of readFileSync(join(root, path), 'utf8').matchAll(title)) {
      for (const id of ids.match(/T\d{2}/g)) {
        if (!found.has(id)) found.set(id, new Map())
        found.get(id).set(path, (found.get(id).get(path) ?? 0) + 1)
      }
    }
  }
  return found
}

function testFiles(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

/** `| T01 | attack | prevented | state | tests |` */
function cells(line) {
  return /^\| T\d{2} \|/.test(line)
    ? line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim())
    : undefined
}

function parsedRow(line) {
  const row = cells(line)
  if (row === undefined) return []
  const [id, , , state, files] = row
  return [[id, { state, later: laterOf(state), files: (files.match(/`[^`]+`/g) ?? []).map(name => name.slice(1, -1)) }]]
}

function laterOf(state) {
  return /later: (.+)$/.exec(state)?.[1] ?? ''
}

function stateOf(id, later) {
  const parts = [tests.has(id) ? 'tested' : '', later ? `later: ${later}` : '']
  return parts.filter(part => part !== '').join('; ') || 'open'
}

function describe(id) {
  return [...(tests.get(id) ?? [])].map(([path, count]) => `${path} (${count})`).join(', ')
}

function rewritten(text) {
  return text
    .split('\n')
    .map(line => {
      const row = cells(line)
      if (row === undefined) return line
      const [id, attack, prevented, state] = row
      const files = [...(tests.get(id)?.keys() ?? [])].sort().map(path => `\`${path}\``)
      return `| ${[id, attack, prevented, stateOf(id, laterOf(state)), files.join(' ')].join(' | ')} |`
    })
    .join('\n')
}
