import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/index.ts'
import { siteParser } from '../../src/site/parser.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Plant, plantFile, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let folder: string
let thread: URL
let plant: Plant

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ew-thread-'))
  thread = pathToFileURL(join(folder, 'parser-thread.mjs'))
  const bundle = await rolldown({
    input: join(import.meta.dirname, '../../src/site/parser-thread.ts'),
    platform: 'node',
    resolve: { conditionNames: ['@edgeward/source', 'node', 'import'] },
  })
  await bundle.write({ file: join(folder, 'parser-thread.mjs'), format: 'esm' })
  await bundle.close()
  plant = await startPlant(server(), { siteThread: thread })
})
afterAll(async () => {
  await plant.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A thread of our own making. */
function fakeThread(name: string, body: string): URL {
  const file = join(folder, name)
  writeFileSync(file, `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => { ${body} })\n`)
  return pathToFileURL(file)
}

/** Above what is read in place. */
const large = `# ${'x'.repeat(16 * 1024)}\n`

test('T42: while a bomb is read in its thread the service answers, and nothing of it is applied', async () => {
  const bomb = `edgeward: 1\nsite: { id: s, timeZone: UTC }\nroles: [${'1,'.repeat(512 * 1024)}`
  let done = false
  const check = plant.call(operations.applySite, { text: bomb, fileName: 'bomb.yaml' }).then(
    () => 'applied',
    (error: unknown) => error,
  )
  void check.then(() => (done = true))
  let answered = 0
  while (!done) {
    await plant.call(operations.session, {})
    answered += done ? 0 : 1
  }
  expect(await check).toMatchObject({
    code: 'site-refused',
    status: 422,
    message: expect.stringContaining('bomb.yaml:3:8'),
  })
  // In place the second would wait until the bomb is through.
  expect(answered).toBeGreaterThan(2)
  expect((await plant.call(operations.siteVersions, {})).versions).toHaveLength(1)
})

test('T42: what a thread reads is what is read in place, again and again', async () => {
  const threads = siteParser({ thread })
  for (const text of [plantFile, plantFile.replace('kind: forklift }', 'kind: forklfit }'), `${plantFile}${large}`]) {
    const { site, diagnostics } = await threads.parse(text, 'site.yaml')
    const inPlace = await siteParser({ thread: undefined }).parse(text, 'site.yaml')
    expect(diagnostics).toEqual(inPlace.diagnostics)
    // A message between threads has no null prototypes.
    expect(site && { ...site }).toEqual(inPlace.site && { ...inPlace.site })
  }
  await threads.close()
})

test('T42: a thread that takes all memory, fails or never ends costs its file and nothing else', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['memory.mjs', 'const kept = []; for (;;) kept.push(new Array(100_000).fill({}))', 'needs too much memory'],
    ['throws.mjs', 'throw new TypeError()', 'damaged'],
    ['ends.mjs', 'process.exit(0)', 'ended'],
    ['loops.mjs', 'for (;;);', 'takes longer than'],
  ]
  for (const [name, body, why] of cases) {
    const parser = siteParser({ thread: fakeThread(name, body), parseMs: name === 'loops.mjs' ? 200 : 60_000 })
    const refused = { code: 'site-refused', message: expect.stringContaining(why) }
    await expect(parser.parse(large, 'site.yaml'), name).rejects.toMatchObject(refused)
    // What is small needs no thread.
    expect((await parser.parse('edgeward: 1\nsite: { id: s, timeZone: UTC }\n', 'x')).site?.site.id).toBe('s')
    await parser.close()
  }
})

test('T42: two files are read at once and eight wait; another is refused, and all are let go at the end', async () => {
  const parser = siteParser({ thread: fakeThread('silent.mjs', '') })
  const pending = Array.from({ length: 10 }, () => parser.parse(large, 'site.yaml').catch((error: unknown) => error))
  await expect(parser.parse(large, 'site.yaml')).rejects.toMatchObject({
    code: 'too-many-requests',
    details: { retryAfterSeconds: expect.any(Number) },
  })
  await parser.close()
  const ends = await Promise.all(pending)
  expect(ends.every(error => error instanceof Error && error.name === 'Refusal')).toBe(true)
})
