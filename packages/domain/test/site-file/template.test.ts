import { expect, test } from 'vitest'
import { parseSiteFile, siteTemplate } from '../../src/site-file/index.ts'

test.each([
  [{}, 'my-site', 'My site'],
  [{ name: 'Zürich: "Werk" #2', timeZone: 'Europe/Zurich' }, 'zurich-werk-2', 'Zürich: "Werk" #2'],
  [{ name: '工場' }, 'my-site', '工場'],
  [{ id: 'lab', name: '12' }, 'lab', '12'],
])('the template of %j is a valid site without warnings', (options, id, name) => {
  const text = siteTemplate(options)
  const { site, diagnostics } = parseSiteFile(text, 'site.yaml')
  expect(diagnostics).toEqual([])
  expect(site?.site).toMatchObject({ id, name })
  expect(text).toContain('# ')
})
