import { parseSiteFile } from '@edgeward/domain/site-file'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiError, operations } from '../../src/api/index.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Plant, plantFile, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant

beforeAll(async () => {
  plant = await startPlant(server(), { site: '' })
})
afterAll(() => plant.stop())

const file = (text: string) => ({ text, fileName: 'site.yaml' })
const modulesOf = async () => (await plant.call(operations.modules, {})).modules

test('before the first site there is nothing, and that is said', async () => {
  expect((await plant.call(operations.siteVersions, {})).versions).toEqual([])
  expect((await plant.call(operations.modules, {})).modules).toEqual([])
  expect((await plant.call(operations.status, {})).site).toBeNull()
  await expect(plant.call(operations.matrix, {})).rejects.toMatchObject({ code: 'site-missing', status: 409 })
})

test('a file with an error changes nothing and says where the error is', async () => {
  const broken = plantFile.replace('kind: forklift }', 'kind: forklfit }')
  const check = await plant.call(operations.checkSite, file(broken))
  expect(check.ok).toBe(false)
  expect(check.diagnostics[0]).toMatchObject({ code: 'unknown-reference', suggestion: 'forklift', file: 'site.yaml' })
  await expect(plant.call(operations.applySite, file(broken))).rejects.toMatchObject({
    code: 'site-refused',
    status: 422,
  })
  expect((await plant.call(operations.siteVersions, {})).versions).toEqual([])
})

test('a site is applied as a version with author, time and comment, one bundle for each module', async () => {
  const diff = await plant.call(operations.diffSite, file(plantFile))
  expect(diff).toMatchObject({ ok: true, against: null })
  const applied = await plant.call(operations.applySite, { ...file(plantFile), comment: 'first' })
  expect(applied).toMatchObject({ version: 1, unchanged: false })
  expect(applied.diff).toEqual(diff.diff)
  expect(applied.modules).toHaveLength(10)
  expect(applied.modules.every(({ desired, effective }) => desired === 1 && effective === 0)).toBe(true)
  const [version] = (await plant.call(operations.siteVersions, {})).versions
  expect(version).toMatchObject({
    version: 1,
    author: `local:${process.getuid?.()}`,
    comment: 'first',
    at: '2026-11-24T10:00:00Z',
  })
})

test('the same site again, however it is written, is no new version', async () => {
  const { text } = await plant.call(operations.exportSite, {})
  expect(parseSiteFile(text, 'x').site).toEqual(parseSiteFile(plantFile, 'x').site)
  expect(await plant.call(operations.applySite, file(text))).toMatchObject({ version: 1, unchanged: true, diff: [] })
})

test('only the modules whose rules changed get a new bundle', async () => {
  const changed = plantFile.replace(
    '{ id: quality-11, who: quality, on: { kind: analyser }, may: all }',
    '{ id: quality-11, who: quality, on: { kind: analyser }, may: view }',
  )
  expect(changed).not.toBe(plantFile)
  const applied = await plant.call(operations.applySite, file(changed))
  expect(applied.diff).toEqual([{ change: 'changed', section: 'permissions', id: 'quality-11', fields: ['may'] }])
  expect(applied.modules.filter(({ desired }) => desired === 2).map(({ module }) => module)).toEqual(['edge-lab'])
  const old = await plant.call(operations.exportSite, { version: 1 })
  expect(parseSiteFile(old.text, 'x').site).toEqual(parseSiteFile(plantFile, 'x').site)
  await expect(plant.call(operations.exportSite, { version: 9 })).rejects.toMatchObject({ code: 'not-found' })
})

test('somebody who leaves the file is suspended at every module at once, and comes back with it', async () => {
  const epoch = (await plant.call(operations.status, {})).epoch
  const without = plantFile
    .replace(/^ {2}cleo:.*\n/m, '')
    .replaceAll('host: cleo, ', '')
    .replace(/^ {2}book-meeting:.*\n/m, '')
    .replace(/^.*finance-locker.*\n/m, '')
  const before = new Map((await modulesOf()).map(({ id, bundle }) => [id, bundle.desired]))
  await plant.call(operations.applySite, file(without))
  expect((await plant.call(operations.status, {})).epoch).toBe(epoch + 1)
  for (const { id, bundle, revocations } of await modulesOf()) {
    expect(bundle.desired, id).toBe((before.get(id) ?? 0) + 1)
    expect(revocations.desired, id).toBe(2)
  }
  await expect(plant.call(operations.person, { person: 'cleo' })).rejects.toMatchObject({ code: 'not-found' })
  expect(await plant.rows("select state, state_reason from credential where credential = 'c-1010'")).toEqual([
    { state: 'suspended', state_reason: 'no longer in the site file' },
  ])
  const [{ pseudonym }] = (await plant.rows(
    "select encode(pseudonym, 'hex') as pseudonym from credential where credential = 'c-1010'",
  )) as [{ pseudonym: string }]
  await plant.call(operations.applySite, file(plantFile))
  const cleo = await plant.call(operations.person, { person: 'cleo' })
  expect(cleo.credentials).toMatchObject([{ id: 'c-1010', state: 'active', credential: pseudonym, blocked: null }])
})

test('people are found by name, id and credential, and their rules are listed with their conditions', async () => {
  const ids = async (query: string) => (await plant.call(operations.people, { query })).people.map(({ id }) => id)
  expect(await ids('loosli')).toEqual(['ada'])
  expect(await ids('c-2001')).toEqual(['ada'])
  expect(await ids('nobody at all')).toEqual([])
  expect((await ids('')).length).toBe(33)
  const { person, rules, groups, qualifications } = await plant.call(operations.person, { person: 'ada' })
  expect(person).toMatchObject({ name: 'Ada Loosli', kind: 'person', external: false, credentials: 1, blocked: 0 })
  expect(groups.map(({ id }) => id)).toEqual(['crew-early', 'own-staff'])
  expect(qualifications.map(({ id }) => id)).toEqual(['induction', 'reactor-licence'])
  const reactor = rules.find(({ id }) => id === 'operator-12')
  expect(reactor).toMatchObject({ kind: 'permission', functions: ['view', 'operate', 'set-recipe'] })
  expect(reactor?.assets.map(({ id }) => id)).toEqual(['reactor-1', 'reactor-2'])
  expect(reactor?.conditions).toEqual([
    'with PIN',
    'standing in Marked floor at the reactors',
    'with the qualification reactor-licence',
  ])
  const { person: anton } = await plant.call(operations.person, { person: 'anton' })
  expect(anton).toMatchObject({ external: true, organisation: { id: 'ledger-audit', name: 'Ledger Audit' } })
  await expect(plant.call(operations.person, { person: 'toString' })).rejects.toBeInstanceOf(ApiError)
})

test('every asset is listed with its module', async () => {
  const { assets } = await plant.call(operations.assets, {})
  expect(assets).toHaveLength(27)
  expect(assets.find(({ id }) => id === 'tank-inner')).toMatchObject({
    module: 'edge-tanks',
    criticality: 3,
    failSafe: true,
  })
})

test('T42: bombs in a file are refused with a place, and nothing is applied', async () => {
  const versions = (await plant.call(operations.siteVersions, {})).versions.length
  const bombs = [
    `edgeward: 1\na: &a [x, x]\n${Array.from({ length: 9 }, (_, i) => `b${i}: &b${i} [*a, *a, *a]`).join('\n')}`,
    `edgeward: 1\nsite: ${'['.repeat(100_000)}`,
    'edgeward: 1\nsite: !!js/function "x"\n',
    'edgeward: 1\nsite: { id: s, timeZone: UTC }\nareas: { a: { in: b }, b: { in: a } }\n',
  ]
  for (const text of bombs) {
    const { ok, diagnostics } = await plant.call(operations.checkSite, file(text))
    expect(ok).toBe(false)
    expect(diagnostics[0]?.line).toBeGreaterThan(0)
  }
  expect((await plant.call(operations.siteVersions, {})).versions).toHaveLength(versions)
})
