import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Site } from '../../src/site.ts'
import { parseSiteFile } from '../../src/site-file/index.ts'

const root = new URL('../../../../', import.meta.url)

/** The text of the chemical plant. */
export const plantText: string = readFileSync(new URL('examples/chemical-plant/site.yaml', root), 'utf8')

/** The site of a text that must be without an error. */
export function siteOf(text: string): Site {
  const { site, diagnostics } = parseSiteFile(text, 'site.yaml')
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (site === undefined) throw new Error('no site')
  return site
}

/** A file with the header and these lines. */
export const fileOf = (...lines: readonly string[]): string =>
  ['edgeward: 1', 'site: { id: s, timeZone: Europe/Zurich }', ...lines].join('\n')

/** Every diagnostic of a text in short: `code line:column suggestion`. */
export const faultsOf = (text: string | Uint8Array): readonly string[] =>
  parseSiteFile(text, 'site.yaml').diagnostics.map(({ code, line, column, suggestion }) =>
    [code, `${line}:${column}`, ...(suggestion === undefined ? [] : [suggestion])].join(' '),
  )

/** The site files inside the decision vectors. */
export function vectorSites(): readonly string[] {
  const folder = new URL('vectors/decision/', root)
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .flatMap(file => sitesIn(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))))
}

function sitesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'site' && typeof member === 'object' ? [JSON.stringify(member)] : sitesIn(member),
  )
}
