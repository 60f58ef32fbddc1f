/** Two processes on one folder: the second is told who has it, the first goes on, and after its death the folder is free. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@edgeward/base'
import { processRef } from '@edgeward/base/folder-lock'
import { createMemoryKeyStore, openSoftwareKeyStore } from '@edgeward/keystore/software'
import { createModule } from '@edgeward/module'
import { startService } from '@edgeward/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ada, type Phone, Surroundings } from '../../packages/module/test/harness/plant.ts'
import { bundle } from './support/bundle-child.ts'
import { KillableModule } from './support/killable-module.ts'
import { KillablePlant, World } from './support/killable-plant.ts'
import { nextTapWorks } from './support/whole.ts'

let folder: string
let plant: KillablePlant
let phone: Phone

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-faults-'))
  const world = await World.create(
    await bundle({ program: join(import.meta.dirname, 'support/module-child.ts'), into: folder }),
  )
  plant = KillablePlant.blank(world)
  await plant.module.call('start')
  await plant.commission()
  phone = await world.phone(ada)
})
afterAll(async () => {
  await plant.end()
  rmSync(folder, { recursive: true, force: true })
})

test('a second process on the folder of a module is refused by the number of the first, which goes on', async () => {
  const second = new KillableModule(plant.world.program, plant.folder)
  await expect(second.call('start')).rejects.toThrow(`process ${plant.module.pid} has the key store`)
  await second.kill()
  await nextTapWorks(plant, phone)
})

test('with a key store of its own it is refused as well', async () => {
  const surroundings = new Surroundings()
  const second = createModule({
    dataFolder: plant.folder,
    moduleId: 'edge-1',
    ports: surroundings.ports(),
    keyStore: await createMemoryKeyStore(),
    random: new SeededRandom(1),
    timers: surroundings.timers,
    log: { info: () => undefined, warn: () => undefined },
  })
  const message = `process ${plant.module.pid} already runs the module in ${plant.folder}`
  await expect(second).rejects.toMatchObject({ code: 'folder-in-use', message })
  await nextTapWorks(plant, phone)
})

test('killed with -9, it leaves the folder free for the next process at once', async () => {
  await plant.module.kill()
  await plant.restart()
  await nextTapWorks(plant, phone)
})

test('the folder of a service, and that of a key store, is for one process too, and free after kill -9', async () => {
  const data = join(folder, 'service-data')
  const keys = join(data, 'service', 'keys')
  mkdirSync(keys, { recursive: true })
  // Another program that holds it, as any would: by the lock that names it.
  const holder = spawn('sleep', ['600'])
  writeFileSync(join(keys, 'lock'), JSON.stringify(processRef(holder.pid ?? 0)))
  const refusal = { code: 'busy', message: expect.stringContaining(`process ${holder.pid} `) }
  await expect(startService({ dataFolder: data, log: { write: () => undefined } })).rejects.toMatchObject(refusal)
  await expect(openSoftwareKeyStore({ folder: keys })).rejects.toMatchObject(refusal)
  const ended = once(holder, 'exit')
  holder.kill('SIGKILL')
  await ended
  const store = await openSoftwareKeyStore({ folder: keys })
  await store.close()
})
