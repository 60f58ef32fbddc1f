/**
 * T18, T32, T48, T51: words and bytes that nobody would write by chance are planted in names, PINs and documents, every
 * key is taken as a canary of its own, a plant of real processes lives through a bad day, and everything that it leaves
 * anywhere is searched: terminals, logs, arguments, environments, the wire, the database, the modules' folders, memory.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { disguises, found, foundInFolder } from '../scenarios/support/disguises.ts'
import { captureLoopback } from './support/capture.ts'
import { keysOf, type SecretKey } from './support/keys-of.ts'
import { memoryOf } from './support/memory-of.ts'
import { clone, Plant, type Typed, until } from './support/plant.ts'
import { type ProcessWatch, watchProcesses } from './support/process-watch.ts'

/** Stand in the service's database and in answers to whoever asks for people, nowhere else. */
const names = { ada: 'Zqcanaria Quorumfels', coco: 'Zqcanaria Xylanderin' }
/** Stands with the site's version in the database, so the search must find it there. */
const comment = 'zq-canary-comment'
/** Stands in one document, sealed: what Ada likes at a reactor. */
const preference = 'zq-canary-preference'
/** Eight digits: four could stand in any date or port. */
const pins = { ada: '83619472', wrong: '27495038', duress: '50928361' }

const plant = new Plant()
const desk = mkdtempSync(join(tmpdir(), 'edgeward-desk-'))
const typed: Typed[] = []
let wire: Buffer = Buffer.alloc(0)
let processes: ReturnType<ProcessWatch['stop']> = { seen: 0, text: '' }
/** Keys by who holds them: `service`, a module, a wallet. */
const keys = new Map<string, readonly SecretKey[]>()
const shownByService = /people|who|site export/

async function type(args: string, input = ''): Promise<Typed> {
  const result = await plant.type(args, input)
  if (!shownByService.test(args)) typed.push(result)
  return result
}

beforeAll(async () => {
  await plant.start()
  const watch = watchProcesses()
  const capture = await captureLoopback()
  await plantCanaries()
  await live()
  wire = await capture.stop(Buffer.from('a000000909acce5501', 'hex'))
  processes = watch.stop()
  readKeys()
})
afterAll(async () => {
  rmSync(desk, { recursive: true, force: true })
  await plant.remove()
})

async function plantCanaries(): Promise<void> {
  const file = join(desk, 'site.yaml')
  await type(`site export ${relative(clone, file)}`)
  const before = readFileSync(file, 'utf8')
  const after = before
    .replace('Ada Loosli', names.ada)
    .replace('Coco Lopes', names.coco)
    .replace(/(ada:[\s\S]*?language: )\w+/, `$1${preference}`)
  expect(after).toContain(preference)
  writeFileSync(file, after)
  expect((await type(`site apply ${relative(clone, file)} --comment ${comment}`)).code).toBe(0)
  expect((await type('pin set ada --duress', `${pins.ada}\n${pins.duress}\n`)).code).toBe(0)
}

/** A day on which a lot goes wrong. */
async function live(): Promise<void> {
  const taps = [
    ['tap ada reactor-2 operate --pin', pins.ada],
    ['tap ada reactor-2 operate --pin', pins.wrong],
    ['tap ada reactor-2 operate --pin', pins.duress],
    ['tap coco reactor-2 operate', ''],
    [`tap ${names.ada.split(' ')[0]} reactor-9 operate`, ''],
    [`pin set nobody`, pins.wrong],
    [`pin set ada`, `${pins.wrong}x`],
  ] as const
  for (const [args, input] of taps) await type(args, `${input}\n`)
  await type('sim network cut edge-hall')
  await type('tap ben hall-door open')
  await type('revoke coco --reason left')
  process.kill(plant.pids.service as number, 'SIGKILL')
  await type('tap ada reactor-2 operate --pin', `${pins.ada}\n`)
  await until(
    () => plant.type('status'),
    ({ code }) => code === 0,
  )
  await type('sim network restore edge-hall')
  for (const body of [`{"pin":"${pins.wrong}"`, `{"name":"${names.ada}","code":"${pins.wrong}"}`]) {
    for (const path of ['/api/people/ada/pin', '/api/claim', `/api/people/${encodeURIComponent(names.ada)}/pin`]) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(new URL(path, plant.console), { method: 'POST', body, headers })
      typed.push({ code: answer.status, out: await answer.text(), err: JSON.stringify([...answer.headers]) })
    }
  }
  process.kill(plant.pids['edge-reactor-2'] as number, 'SIGKILL')
  await until(
    () => plant.type('tap ada reactor-2 operate --pin --json', `${pins.ada}\n`),
    ({ out }) => out.includes('"permit"'),
  )
}

function readKeys(): void {
  keys.set('service', keysOf(join(plant.data, 'service/keys')))
  for (const [kind, parent] of [
    ['module', 'modules'],
    ['wallet', 'wallets'],
  ] as const) {
    for (const name of readdirSync(join(plant.data, parent)))
      keys.set(`${kind} ${name}`, keysOf(join(plant.data, parent, name, 'keys')))
  }
}

const allKeys = (): readonly SecretKey[] => [...keys.values()].flat()
const nowhere = (): readonly string[] => Object.values(pins)

/** Which keys stand in it, raw, in hex or in base64. */
function keysIn(where: Buffer | string, candidates: readonly SecretKey[] = allKeys()): readonly string[] {
  const bytes = typeof where === 'string' ? Buffer.from(where) : where
  return candidates
    .filter(({ secret }) => {
      const forms = [secret, ...disguisesOf(secret)]
      return forms.some(form => bytes.includes(form))
    })
    .map(({ purpose, keyId }) => `${purpose} ${keyId}`)
}

function disguisesOf(secret: Buffer): readonly string[] {
  // Of base64 the part that does not depend on where it begins.
  return disguises(secret.toString('latin1'))
    .slice(1)
    .filter(form => /^[0-9a-fA-F]{32,}$/.test(form))
    .concat(
      [0, 1, 2].map(lead =>
        Buffer.concat([Buffer.alloc(lead), secret])
          .toString('base64url')
          .slice(4, -4),
      ),
    )
}

test('T51: no name, PIN or key is in what commands printed, answers of the API said, or a log kept', () => {
  const shown = typed.map(({ out, err }) => out + err).join('\n')
  expect(typed.length).toBeGreaterThan(15)
  expect(found(nowhere(), shown)).toEqual([])
  expect(keysIn(shown)).toEqual([])
  const logs = readdirSync(join(plant.data, 'logs')).map(name => readFileSync(join(plant.data, 'logs', name), 'utf8'))
  const kept = [...logs, plant.shown].join('\n')
  expect(logs.join('').length).toBeGreaterThan(1_000)
  expect(found([...nowhere(), ...Object.values(names), preference, comment], kept)).toEqual([])
  expect(keysIn(kept)).toEqual([])
})

test('T51: nothing is in the arguments or the environment of any process', () => {
  // Eleven processes of the plant, the database, and each command that was typed.
  expect(processes.seen).toBeGreaterThan(20)
  expect(found([...nowhere(), names.coco, preference], processes.text)).toEqual([])
  expect(keysIn(processes.text)).toEqual([])
})

test('T32: nothing is on the wire', () => {
  expect(wire.length).toBeGreaterThan(20_000)
  // What the test itself sent to the API in the clear stands there: a wrong PIN and a name, in a body.
  expect(found([pins.ada, pins.duress, names.coco, preference, comment], wire)).toEqual([])
  // The one value that leaves a store is a module's password at the broker, on which nothing rests. keys.md §6
  const others = allKeys().filter(({ purpose }) => purpose !== 'mqtt')
  expect(others.length).toBeGreaterThan(100)
  expect(keysIn(wire, others)).toEqual([])
})

test('T48: the database holds no PIN and no key, and neither does a module’s folder, which holds no name either', () => {
  const database = readFileSync(join(plant.data, 'database.location'), 'utf8').trim()
  expect(foundInFolder([comment], database)).toEqual([comment])
  expect(foundInFolder(nowhere(), database)).toEqual([])
  const secrets = allKeys().map(({ secret }) => secret)
  expect(filesWith(secrets, database)).toEqual([])
  expect(foundInFolder([...nowhere(), ...Object.values(names)], join(plant.data, 'modules'))).toEqual([])
  expect(filesWith(secrets, plant.data)).toEqual([])
})

/** Files that hold one of these bytes; whatever their name, the sealed key files among them. */
function filesWith(secrets: readonly Buffer[], folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap(entry => {
    if (!entry.isFile()) return []
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    return secrets.some(secret => bytes.includes(secret)) ? [path] : []
  })
}

test('T18, T52: a core dump of a module holds its own keys, as the driver says, and nothing of anybody else', () => {
  const memory = memoryOf(plant.pids['edge-reactor-2'] as number)
  const holds = (bytes: Buffer): boolean => memory.some(part => part.includes(bytes))
  const own = keys.get('module edge-reactor-2') ?? []
  // The search works: `software` is no HSM and says so; what it has in host memory is found there.
  expect(own.filter(({ secret }) => holds(secret)).length).toBeGreaterThan(3)
  const ownSecrets = new Set(own.map(({ secret }) => secret.toString('hex')))
  const foreign = allKeys().filter(({ secret }) => !ownSecrets.has(secret.toString('hex')))
  expect(foreign.length).toBeGreaterThan(100)
  expect(foreign.filter(({ secret }) => holds(secret)).map(({ purpose }) => purpose)).toEqual([])
  for (const name of Object.values(names)) {
    expect(holds(Buffer.from(name)), name).toBe(false)
    expect(holds(Buffer.from(name, 'utf16le')), name).toBe(false)
  }
})

test('T53: a core dump of the service holds no key that a module or a phone has made', () => {
  const memory = memoryOf(plant.pids.service as number)
  const madeElsewhere = [...keys]
    .filter(([holder]) => holder !== 'service')
    .flatMap(([, list]) => list)
    .filter(({ purpose }) => /^(module-identity|module-agreement|reader-identity|wallet-credential)$/.test(purpose))
  expect(madeElsewhere.length).toBeGreaterThan(40)
  expect(madeElsewhere.filter(({ secret }) => memory.some(part => part.includes(secret)))).toEqual([])
})
