// What `npm run threats` and `npm run sabotage` both know: the tests of each threat by their titles, the rows of
// docs/threats.md, and the patches in test/sabotage that take a protection away.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Threats are numbered T01 to T90; a number never changes its meaning. */
const lastThreat = 90
const one = 'T\\d{2}'
/** `T01: …`, `T01, T02: …`, `T01, T02 and T03: …`: the threats at the start of a title. */
const several = `${one}(?:,? (?:and )?${one})*`
/** `test('T01: …`, `describe('T01, T02: …`, `test.each(…)('T01: …`: the first argument of a call, with its threats. */
const titleInSource = new RegExp(`(?:\\b(?:test|it|describe)|\\))\\(\\s*['"\`](${several}): `, 'g')

export const threats = Array.from({ length: lastThreat }, (_, index) => `T${String(index + 1).padStart(2, '0')}`)
export const patchFolder = 'test/sabotage'

/** Test files by threat, with the number of titles in each: `Map { 'T07' => Map { 'packages/…' => 2 } }`. */
export function testsByThreat(root) {
  const found = new Map()
  const places = ['packages', 'apps']
    .filter(parent => existsSync(join(root, parent)))
    .flatMap(parent => readdirSync(join(root, parent)).map(name => `${parent}/${name}/test`))
  for (const path of [...places, 'test'].flatMap(folder => testFiles(root, folder))) {
    for (const [, ids] of readFileSync(join(root, path), 'utf8').matchAll(titleInSource)) {
      for (const id of idsIn(ids)) {
        if (!found.has(id)) found.set(id, new Map())
        found.get(id).set(path, (found.get(id).get(path) ?? 0) + 1)
      }
    }
  }
  return found
}

/** Whether one of the titles of a test (its own, or one of a `describe` around it) names this threat. */
export function namesThreat(titles, id) {
  return titles.some(title => idsIn(new RegExp(`^(${several}): `).exec(title)?.[1] ?? '').includes(id))
}

/** The threats that have a patch: `T07` for `test/sabotage/T07.patch`. */
export function patchedThreats(root) {
  const folder = join(root, patchFolder)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => name.endsWith('.patch'))
    .map(name => name.slice(0, -'.patch'.length))
    .sort()
}

/** `| T01 | attack | prevented | state | sabotage | tests |`: the cells of a row of docs/threats.md. */
export function cellsOf(line) {
  if (!/^\| T\d{2} \|/.test(line)) return undefined
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
}

/** The rows of docs/threats.md by threat. */
export function threatRows(root) {
  const lines = readFileSync(join(root, 'docs/threats.md'), 'utf8').split('\n')
  return new Map(lines.flatMap(parsedRow))
}

function parsedRow(line) {
  const row = cellsOf(line)
  if (row === undefined) return []
  const [id, , , state, sabotage = '', tests = ''] = row
  const files = (tests.match(/`[^`]+`/g) ?? []).map(name => name.slice(1, -1))
  return [[id, { state, closed: isClosed(state), later: laterOf(state), sabotage, files }]]
}

/** A person writes `closed`; a machine asks for a test and a patch then. */
export function isClosed(state) {
  return /^closed\b/.test(state)
}

export function laterOf(state) {
  return /later: (.+)$/.exec(state)?.[1] ?? ''
}

function idsIn(text) {
  return text.match(/T\d{2}/g) ?? []
}

function testFiles(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return testFiles(root, path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}
