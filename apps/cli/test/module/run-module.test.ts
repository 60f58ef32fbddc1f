import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatedClock } from '@edgeward/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askModule } from '../../src/control-client.ts'
import { type RunningModule, runModule } from '../../src/module/run-module.ts'

const start = Date.UTC(2026, 10, 24, 8, 30)
let folder: string
let running: RunningModule | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-run-'))
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  rmSync(folder, { recursive: true })
})

const socket = () => join(folder, 'control.sock')
const ask = <Reply>(request: { readonly do: string } & Record<string, unknown>) =>
  askModule<Reply>(socket(), 'edge-1', request)

async function run(options: { simulation?: boolean; production?: boolean } = {}): Promise<void> {
  const { simulation = false, production = false } = options
  running = await runModule({
    dataFolder: folder,
    moduleId: 'edge-1',
    controlSocketPath: socket(),
    clock: new SimulatedClock(start),
    simulation,
    production,
  })
}

test('a new module makes its keys and its store, and waits to be commissioned', async () => {
  await run({ simulation: true })
  expect(await ask({ do: 'status' })).toMatchObject({
    module: 'edge-1',
    commissioned: false,
    home: 'software',
    readers: [],
    link: 'down',
  })
  const { request, fingerprint } = await ask<{ request: string; fingerprint: string }>({ do: 'commission-request' })
  expect(request.length).toBeGreaterThan(300)
  expect(fingerprint.split(' ')).toHaveLength(6)
  expect(existsSync(join(folder, 'store.db'))).toBe(true)
  expect(statSync(join(folder, 'keys')).mode & 0o077).toBe(0)
})

test('its keys are the same after a restart', async () => {
  await run({ simulation: true })
  const before = await ask<{ fingerprint: string }>({ do: 'commission-request' })
  await running?.stop()
  await run({ simulation: true })
  expect((await ask<{ fingerprint: string }>({ do: 'commission-request' })).fingerprint).toBe(before.fingerprint)
})

test('R12: without the flag there is no simulation, and production refuses it', async () => {
  await expect(run({ simulation: true, production: true })).rejects.toMatchObject({ code: 'simulation-in-production' })
  await run({ production: true })
  expect(await ask({ do: 'status' })).toMatchObject({ clock: { simulated: false, quality: 'untrusted' } })
  for (const verb of ['panel', 'result', 'context', 'position', 'door', 'network', 'outcome']) {
    await expect(ask({ do: verb }), verb).rejects.toMatchObject({ code: 'simulation-only' })
  }
})

test('simulated values stand until changed, over restarts', async () => {
  await run({ simulation: true })
  const transponder = 'ab'.repeat(32)
  await ask({ do: 'context', values: { 'machine.state': 'stopped', 'gas.ppm': 12 } })
  await ask({ do: 'context', area: 'hall', values: { lit: true } })
  await ask({ do: 'context', values: { 'gas.ppm': null } })
  await ask({ do: 'position', transponder, zones: ['pad'], distance: 1.5, side: 'in' })
  const standing = () => JSON.parse(readFileSync(join(folder, 'simulation.json'), 'utf8')) as unknown
  const expected = {
    context: { site: { 'machine.state': 'stopped' }, 'area:hall': { lit: true } },
    contacts: {},
    positions: { [transponder]: { zones: ['pad'], distance: 1.5, side: 'in' } },
  }
  expect(standing()).toEqual(expected)
  await running?.stop()
  await run({ simulation: true })
  await ask({ do: 'position', transponder, zones: null })
  expect(standing()).toEqual({ ...expected, positions: {} })
})

test('what makes no sense to a simulated module is refused, with the reason', async () => {
  await run({ simulation: true })
  for (const [request, code] of [
    [{ do: 'panel', asset: 'gate', function: 'open' }, 'unknown-reader'],
    [{ do: 'panel', function: 'open' }, 'bad-request'],
    [{ do: 'result', ticket: '00' }, 'unknown-ticket'],
    [{ do: 'context', asset: 'gate', values: {} }, 'bad-request'],
    [{ do: 'context', values: { a: [] } }, 'bad-request'],
    [{ do: 'position', transponder: 'x', zones: [] }, 'bad-request'],
    [{ do: 'door', asset: 'gate', state: 'open' }, 'bad-request'],
    [{ do: 'network', state: 'slow' }, 'bad-request'],
  ] as const) {
    await expect(ask(request), JSON.stringify(request)).rejects.toMatchObject({ code })
  }
})

test('the network can be cut and comes back', async () => {
  await run({ simulation: true })
  await ask({ do: 'network', state: 'cut' })
  expect(await ask({ do: 'status' })).toMatchObject({ link: 'cut' })
  await ask({ do: 'network', state: 'restored' })
  expect(await ask({ do: 'status' })).toMatchObject({ link: 'down' })
})
