import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { siteErrors } from '../../src/conformance/site-errors.ts'

const vectors = fileURLToPath(new URL('../../../../vectors/site-errors/', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-errors-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A copy of a vector whose expectation was damaged. */
function damaged(name: string, damage: (expectation: string) => string): string {
  copyFileSync(join(vectors, `${name}.yaml`), join(folder, `${name}.yaml`))
  writeFileSync(join(folder, `${name}.expect.json`), damage(readFileSync(join(vectors, `${name}.expect.json`), 'utf8')))
  return join(folder, `${name}.yaml`)
}

const isOk = async (file: string): Promise<readonly boolean[]> =>
  (await siteErrors(file, {})).verdicts.map(({ ok }) => ok)

test('every vector passes, as one case for its two files', async () => {
  const files = readdirSync(vectors).filter(file => file.endsWith('.yaml') || file.endsWith('.json'))
  const verdicts = (await Promise.all(files.map(file => siteErrors(join(vectors, file), {})))).flatMap(
    result => result.verdicts,
  )
  expect(verdicts).toHaveLength(files.length / 2)
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([])
})

test('every member counts: a wrong line, suggestion or severity, one more, one less', async () => {
  const damages: readonly ((expectation: string) => string)[] = [
    text => text.replace(/"line": ?(\d+)/, '"line": 99'),
    text => text.replace('"suggestion"', '"sugestion"'),
    text => text.replace('"permissions"', '"permission"'),
    text => text.replace('"error"', '"warning"'),
    text => JSON.stringify({ ...JSON.parse(text), diagnostics: [] }),
    text => JSON.stringify({ ...JSON.parse(text), more: true }),
    text => JSON.stringify({ ...JSON.parse(text), file: 'another.yaml' }),
    () => 'not JSON',
  ]
  for (const damage of damages) expect(await isOk(damaged('unknown-keys', damage))).toEqual([false])
  expect(await isOk(damaged('unknown-keys', text => text))).toEqual([true])
})

test('half a case and another file are failures, never passed over', async () => {
  writeFileSync(join(folder, 'alone.yaml'), 'edgeward: 1')
  writeFileSync(join(folder, 'lonely.expect.json'), '{}')
  expect(await isOk(join(folder, 'alone.yaml'))).toEqual([false])
  expect(await isOk(join(folder, 'lonely.expect.json'))).toEqual([false])
  expect(await isOk(join(folder, 'other.json'))).toEqual([false])
})
