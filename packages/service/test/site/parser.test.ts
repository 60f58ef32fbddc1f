import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
  plant = await startPlant(server(), { siteThread: gatedThread() })
})
afterAll(async () => {
  await plant.stop()
  rmSync(folder, { recursive: true, force: true })
})

const gatedFile = 'gated.yaml'

/** The thread, which says that it has one file and keeps its answer until it is told to go on. */
function gatedThread(): URL {
  const file = join(folder, 'gated.mjs')
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs'
     import { parentPort } from 'node:worker_threads'
     import './parser-thread.mjs'
     const post = parentPort.postMessage.bind(parentPort)
     const cell = new Int32Array(new SharedArrayBuffer(4))
     parentPort.postMessage = parsed => {
       if (parsed.diagnostics[0]?.file === '${gatedFile}') {
         writeFileSync(${JSON.stringify(join(folder, 'begun'))}, '')
         while (!existsSync(${JSON.stringify(join(folder, 'go'))})) Atomics.wait(cell, 0, 0, 5)
       }
       post(parsed)
     }`,
  )
  return pathToFileURL(file)
}

/** A thread of our own making. */
function fakeThread(name: string, body: string): URL {
  const file = join(folder, name)
  writeFileSync(file, `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => { ${body} })\n`)
  return pathToFileURL(file)
}

/** Above what is read in place. */
const large = `# ${'x'.repeat(16 * 1024)}\n`

test('T42: while a bomb is read in its thread the service answers, and nothing of it is applied', async () => {
  const bomb = `edgeward: 1\nsite: { id: s, timeZone: UTC }\nroles: [${'1,'.repeat(128 * 1024)}`
  const apply = plant.call(operations.applySite, { text: bomb, fileName: gatedFile }).catch((error: unknown) => error)
  let isDone = false
  void apply.then(() => (isDone = true))
  while (!existsSync(join(folder, 'begun')) && !isDone) await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 3; i++) {
    expect((await plant.call(operations.session, {})).state).toBe('signed-in')
    expect((await plant.call(operations.siteVersions, {})).versions).toHaveLength(1)
  }
  expect(isDone).toBe(false)
  writeFileSync(join(folder, 'go'), '')
  const message = expect.stringContaining(`${gatedFile}:3:8`)
  expect(await apply).toMatchObject({ code: 'site-refused', status: 422, message })
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
    ['memory.mjs', 'const kept = []; for (;;) kept.push(new Array(1_000_000).fill({}))', 'needs too much memory'],
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
