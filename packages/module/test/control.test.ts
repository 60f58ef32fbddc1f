import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ControlServer, ControlVerbs, ModuleError, openControlSocket, productionVerbs } from '../src/index.ts'
import { Plant } from './harness/plant.ts'

const quiet = { info: () => undefined, warn: () => undefined }
let folder: string
let server: ControlServer
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-control-'))
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function open(verbs: ControlVerbs): Promise<string> {
  const path = join(folder, 'control.sock')
  server = await openControlSocket(path, verbs, quiet)
  return path
}

/** Sends lines, and waits for as many answers. */
async function ask(path: string, lines: readonly string[]): Promise<readonly unknown[]> {
  const socket = connect(path)
  socket.write(lines.map(line => `${line}\n`).join(''))
  const answers: unknown[] = []
  for await (const line of createInterface({ input: socket })) {
    answers.push(JSON.parse(line))
    if (answers.length === lines.length) break
  }
  socket.destroy()
  return answers
}

test('one JSON line is answered by one, with its id', async () => {
  const verbs = new ControlVerbs()
  verbs.add('double', ({ n }) => ({ twice: Number(n) * 2 }))
  verbs.add('fail', () => {
    throw new ModuleError('unknown-reader', 'no such reader')
  })
  verbs.add('break', () => {
    throw new Error('secret inside')
  })
  const path = await open(verbs)
  const lines = [
    '{"id":1,"do":"double","n":4}',
    '{"id":"b","do":"fail"}',
    '{"do":"break"}',
    '{"id":3,"do":"dance"}',
    '{"id":4,"do":"panel"}',
    'nonsense',
    '[]',
  ]
  const answers = await ask(path, lines)
  expect(answers).toHaveLength(lines.length)
  for (const answer of [
    { id: 1, ok: true, twice: 8 },
    { id: 'b', ok: false, error: { code: 'unknown-reader', message: 'no such reader' } },
    {
      id: null,
      ok: false,
      error: { code: 'internal-error', message: 'the request failed; the log of the module says why' },
    },
    { id: 3, ok: false, error: { code: 'unknown-verb', message: 'there is no "dance" here' } },
    {
      id: 4,
      ok: false,
      error: { code: 'simulation-only', message: 'panel needs a module that was started with --simulation' },
    },
    { id: null, ok: false, error: { code: 'bad-request', message: 'a request is one JSON object on one line' } },
  ]) {
    expect(answers).toContainEqual(answer)
  }
})

test('the socket is for its owner alone, and a dead one at its place is replaced', async () => {
  const path = await open(new ControlVerbs())
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await server.close()
  await open(new ControlVerbs())
  expect(await ask(path, ['{"id":1,"do":"x"}'])).toHaveLength(1)
})

test('a line without end is cut off', async () => {
  const path = await open(new ControlVerbs())
  const socket = connect(path)
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.on('error', () => undefined)
  socket.write('x'.repeat(300_000))
  await closed
})

test('a module is commissioned over its socket', async () => {
  const plant = await Plant.create({ uncommissioned: true })
  const path = await open(productionVerbs(plant.module))
  const [before] = await ask(path, ['{"id":1,"do":"status"}'])
  expect(before).toMatchObject({ ok: true, module: 'edge-1', commissioned: false, home: 'software', tampered: false })
  const [asked] = (await ask(path, ['{"id":2,"do":"commission-request"}'])) as readonly {
    request: string
    fingerprint: string
  }[]
  const request = Uint8Array.from(Buffer.from(asked?.request ?? '', 'base64url'))
  const answer = Buffer.from(await plant.service.commission('edge-1', request)).toString('base64url')
  const lines = [
    { do: 'commission-accept', package: '***' },
    { do: 'commission-accept', package: answer },
  ].map(line => JSON.stringify({ id: 3, ...line }))
  const [bad] = await ask(path, lines.slice(0, 1))
  expect(bad).toMatchObject({ ok: false, error: { code: 'bad-request' } })
  const [accepted] = (await ask(path, lines.slice(1))) as readonly { ok: boolean; acknowledgement: string }[]
  expect(accepted?.ok).toBe(true)
  const opened = await plant.service.open(
    'edge-1',
    Uint8Array.from(Buffer.from(accepted?.acknowledgement ?? '', 'base64url')),
  )
  expect(opened.type === 'acknowledgement' && opened.payload.acknowledged).toEqual([
    { type: 'key-package', version: 1, sequence: 1n, result: 'done' },
  ])
  expect(await ask(path, ['{"id":4,"do":"decommission"}'])).toEqual([{ id: 4, ok: true }])
  await plant.remove()
})
