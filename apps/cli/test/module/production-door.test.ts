/** What a module for production can be reached by: the socket of its owner, and on it nothing that moves a simulated world. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemClock } from '@edgeward/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askModule } from '../../src/control-client.ts'
import { type RunningModule, runModule } from '../../src/module/run-module.ts'

/** Verbs of the simulation; `panel` gives the port of a virtual reader (APDU over TCP). */
const simulated = ['panel', 'result', 'context', 'position', 'door', 'network', 'outcome']

let folder: string
let running: RunningModule | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-door-'))
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  rmSync(folder, { recursive: true, force: true })
})

const listening = (): number => process.getActiveResourcesInfo().filter(each => each === 'TCPServerWrap').length

for (const production of [true, false]) {
  test(`T20: ${production ? 'a module for production' : 'a module without any flag'} has no TCP port, and refuses every verb of the simulation`, async () => {
    const before = listening()
    const socket = join(folder, 'control.sock')
    running = await runModule({
      dataFolder: folder,
      moduleId: 'edge-1',
      controlSocketPath: socket,
      clock: new SystemClock(),
      simulation: false,
      production,
    })
    expect(listening()).toBe(before)
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    for (const verb of simulated) {
      const asked = askModule(socket, 'edge-1', { do: verb, asset: 'hall-door', state: 'open' })
      await expect(asked, verb).rejects.toMatchObject({ code: 'simulation-only' })
    }
    await expect(askModule(socket, 'edge-1', { do: 'shell' })).rejects.toMatchObject({ code: 'unknown-verb' })
    expect(await askModule(socket, 'edge-1', { do: 'status' })).toMatchObject({ clock: { simulated: false } })
  })
}
