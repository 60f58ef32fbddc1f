import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportSiteFile, parseSiteFile } from '../../src/site-file/index.ts'
import { freeValue, randomSite } from './random-site.ts'
import { fileOf, plantText, siteOf, vectorSites } from './sites.ts'

function expectRoundTrip(text: string): string {
  const site = siteOf(text)
  const exported = exportSiteFile(site)
  const again = siteOf(exported)
  expect(again).toEqual(site)
  // To the last byte: two services that read one file hold the same model.
  expect(JSON.stringify(again)).toBe(JSON.stringify(site))
  expect(exportSiteFile(again)).toBe(exported)
  return exported
}

test('the chemical plant comes back from its export, which reads like the original', () => {
  const exported = expectRoundTrip(plantText)
  expect(exported).toMatch(/^edgeward: 1\n\nsite:\n {2}id: rhine-works\n/)
  expect(exported).toContain('  night: { days: daily, from: "22:00", to: "06:00" }\n')
  expect(exported).toContain('  - { id: finance-1, who: finance, on: gate-main, may: open }\n')
  expect(parseSiteFile(exported, 'exported.yaml').diagnostics).toEqual([])
})

test('every site of the decision vectors comes back', () => {
  const texts = vectorSites()
  expect(texts.length).toBeGreaterThan(50)
  for (const text of texts) expectRoundTrip(text)
})

test('ids of rules are written out', () => {
  const site = siteOf(fileOf('assets: { d: { kind: door } }', 'permissions: { who: everyone, on: d, may: open }'))
  expect(exportSiteFile(site)).toContain('{ id: permission-1, ')
})

test('instants come back where the clock changes, and at the ends of the calendar', () => {
  const instants = [
    ...['2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
    ...['2026-10-24T22:00:00Z', '9999-12-31T23:59:59-10:00', '0001-01-01T00:00:00+10:00', '2026-11-24T13:00:07Z'],
  ]
  for (const zone of [
    'Europe/Zurich',
    'UTC',
    'Pacific/Apia',
    'America/Havana',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
  ]) {
    for (const instant of [...instants, '2011-12-30T10:00:00Z', '2018-11-04T03:00:00Z', '2026-11-01T05:00:00Z'])
      expectRoundTrip(
        [
          'edgeward: 1',
          `site: { id: s, timeZone: ${zone} }`,
          `people: { a: { validity: { from: "${instant}" } }, b: { validity: { to: "${instant}" } } }`,
        ].join('\n'),
      )
  }
})

test('whatever is in preferences comes back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), freeValue, { maxKeys: 5 }), free => {
      const text = JSON.stringify({
        edgeward: 1,
        site: { id: 's', timeZone: 'UTC' },
        people: { p: { preferences: { press: free } } },
      })
      const { site, diagnostics } = parseSiteFile(text, 'site.json')
      // Only depth can be wrong with it.
      fc.pre(!diagnostics.some(({ code }) => code === 'out-of-range'))
      expect(diagnostics).toEqual([])
      expect(site?.people.p?.preferences.press).toEqual(JSON.parse(JSON.stringify(free)))
      expectRoundTrip(text)
    }),
    { numRuns: 150 },
  )
})

test('a key of a thousand and more characters comes back', () => {
  const key = 'k'.repeat(2_000)
  const text = `{"edgeward":1,"site":{"id":"s","timeZone":"UTC"},"people":{"p":{"preferences":{"press":{"${key}":{"${key}":1}}}}}}`
  expectRoundTrip(text.replaceAll(`"${key}":`, `? "${key}" : `))
})

test('random sites come back', () => {
  let whole = 0
  fc.assert(
    fc.property(randomSite, random => {
      const text = JSON.stringify(random)
      const { diagnostics } = parseSiteFile(text, 'site.json')
      // Some are wrong: two exceptions of a schedule, one day without a window. Those are of no interest here.
      if (diagnostics.some(({ severity }) => severity === 'error')) return
      whole++
      expectRoundTrip(text)
    }),
    { numRuns: 150 },
  )
  expect(whole).toBeGreaterThan(75)
})
