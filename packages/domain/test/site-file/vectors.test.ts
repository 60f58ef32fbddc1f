import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseSiteFile } from '../../src/site-file/index.ts'

const root = new URL('../../../../', import.meta.url)
const vectors = new URL('vectors/site-errors/', root)
const names = readdirSync(vectors)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -'.yaml'.length))

test('there are vectors', () => {
  expect(names.length).toBeGreaterThan(20)
})

test.each(names)('site-errors/%s: exactly the listed diagnostics, and a site only without an error', name => {
  const { diagnostics: expected } = JSON.parse(readFileSync(new URL(`${name}.expect.json`, vectors), 'utf8'))
  const { site, diagnostics } = parseSiteFile(readFileSync(new URL(`${name}.yaml`, vectors)), `${name}.yaml`)
  expect(diagnostics.map(({ file, message, ...compared }) => withoutSyntaxPlace(compared))).toEqual(
    expected.map(withoutSyntaxPlace),
  )
  expect(site === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
  for (const { file, message } of diagnostics) {
    expect(file).toBe(`${name}.yaml`)
    expect(message).toMatch(/[.:;,] ?\S|\.$/)
  }
})

/** Parsers differ in the place of a syntax error. */
function withoutSyntaxPlace<T extends { code: string }>(diagnostic: T): Partial<T> {
  return diagnostic.code === 'yaml-syntax' ? { ...diagnostic, line: undefined, column: undefined } : diagnostic
}

test('the chemical plant is a site without a single diagnostic', () => {
  const { site, diagnostics } = parseSiteFile(
    readFileSync(new URL('examples/chemical-plant/site.yaml', root)),
    'site.yaml',
  )
  expect(diagnostics).toEqual([])
  expect(site?.permissions).toHaveLength(80)
})
