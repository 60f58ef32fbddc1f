/** A module on a file system that is really full. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, type Phone } from '../../packages/module/test/harness/plant.ts'
import { bundle } from './support/bundle-child.ts'
import { KillablePlant, moduleId, World } from './support/killable-plant.ts'
import { SmallDisk } from './support/small-disk.ts'
import { gate, isWhole, nextTapWorks } from './support/whole.ts'

const diskMebibytes = 16
/** Taps for which there may be room in files that are there already. */
const mostTaps = 50

let folder: string
let program: string
let world: World
let disk: SmallDisk
let plant: KillablePlant
let phone: Phone

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-faults-'))
  program = await bundle({ program: join(import.meta.dirname, 'support/module-child.ts'), into: folder })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(async () => {
  disk = SmallDisk.mount(diskMebibytes)
  world = await World.create(program)
  phone = await world.phone(ada)
  plant = KillablePlant.blank(world, join(disk.folder, 'module'))
  await plant.module.call('start')
  await plant.commission()
  await nextTapWorks(plant, phone)
})
afterEach(async () => {
  await plant.module.kill()
  disk.unmount()
})

const reserve = (): string => join(plant.folder, 'reserve')
const events = (): readonly string[] =>
  plant.records.flatMap(({ event }) => (event?.startsWith('disk-') ? [event] : []))

/** Taps until one is denied because of the disk. */
async function tapUntilFull(): Promise<void> {
  for (let i = 0; i < mostTaps; i++) {
    const { decision, family, trace } = await plant.tap(phone, gate)
    if (decision === 'permit') continue
    expect([family, trace]).toEqual(['module', ['cause: ModuleError disk-full']])
    return
  }
  throw new Error(`${mostTaps} taps, and the disk is not full`)
}

test('on a full disk it denies, records it, says so, goes on delivering, and permits again when there is room', async () => {
  expect(existsSync(reserve())).toBe(true)
  disk.fill()
  await tapUntilFull()
  expect(existsSync(reserve())).toBe(false)
  expect(await plant.module.call('status')).toMatchObject({ disk: 'full' })
  const moved = plant.movements.length
  expect(await plant.tap(phone, gate)).toMatchObject({ decision: 'deny', reasons: ['internal-error'] })
  expect(plant.movements).toHaveLength(moved)
  // Records are delivered and acknowledged, and what the service sends is taken in.
  await isWhole(plant)
  expect(plant.health?.freeRecords).toBeLessThanOrEqual(1_000)
  await plant.deliver(await world.service.command(moduleId, 'lockdown', { on: 'shed', active: true }))
  expect(plant.acknowledgements.at(-1)?.acknowledged).toMatchObject([{ type: 'command', result: 'done' }])
  expect(events()).toEqual(['disk-full'])

  disk.empty()
  await nextTapWorks(plant, phone)
  expect(await plant.module.call('status')).toMatchObject({ disk: 'ok' })
  expect(existsSync(reserve())).toBe(true)
  expect(events()).toEqual(['disk-full', 'disk-recovered'])
})

test('room that comes back is noticed without a tap', async () => {
  disk.fill()
  await tapUntilFull()
  disk.empty()
  await plant.module.call('advance', 60_000)
  expect(await plant.module.call('status')).toMatchObject({ disk: 'ok' })
  await nextTapWorks(plant, phone)
})

test('when the reserve is used up too, it denies without a record, moves nothing, and is whole when there is room', async () => {
  disk.fill()
  await tapUntilFull()
  disk.fill()
  const moved = plant.movements.length
  for (let i = 0; i < mostTaps; i++) expect((await plant.tap(phone, gate)).decision).toBe('deny')
  expect(plant.movements).toHaveLength(moved)
  disk.empty()
  await nextTapWorks(plant, phone)
})

test('a thousand denials leave room on the reserve for what must be written', async () => {
  disk.fill()
  await tapUntilFull()
  for (let i = 0; i < 1_020; i++) expect((await plant.tap(phone, gate)).decision).toBe('deny')
  expect(disk.free).toBeGreaterThan(512 * 1_024)
  await isWhole(plant)
  disk.empty()
  await nextTapWorks(plant, phone)
})

test('killed when the reserve was given back, it starts on the full disk, denies, and says why', async () => {
  disk.fill()
  await plant.module.killAt('reserve-freed', () => tapUntilFull())
  await plant.restart()
  expect(await plant.module.call('status')).toMatchObject({ disk: 'full' })
  expect(await plant.tap(phone, gate)).toMatchObject({ decision: 'deny', family: 'module' })
  await isWhole(plant)
  expect(events()).toEqual(['disk-full'])
  disk.empty()
  await nextTapWorks(plant, phone)
})

test('killed when the reserve is there again, it says at the next start that there is room', async () => {
  disk.fill()
  await tapUntilFull()
  disk.empty()
  await plant.module.killAt('reserve-made', () => plant.tap(phone, gate))
  await plant.restart()
  await nextTapWorks(plant, phone)
  expect(events()).toEqual(['disk-full', 'disk-recovered'])
})

test('a disk that was filled while it stood still: it starts on its reserve, and denies', async () => {
  await plant.module.stop()
  disk.fill()
  await plant.restart()
  expect(await plant.tap(phone, gate)).toMatchObject({ decision: 'deny', family: 'module' })
  await isWhole(plant)
  expect(events()).toEqual(['disk-full'])
  disk.empty()
  await nextTapWorks(plant, phone)
})
