/** The service is killed in the middle of what it does, again and again; its broker moves; it is started twice. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SeededRandom } from '@edgeward/base'
import { chainNext, chainStart } from '@edgeward/keystore/seal'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaveRecords } from './support/left-records.ts'
import { ServicePlant } from './support/service-plant.ts'

const modules = ['edge-a', 'edge-b', 'edge-c']
const siteOf = (tries: number): string => `
edgeward: 1
site: { id: works, timeZone: UTC, pinTries: ${tries} }
areas: { hall: {} }
assets:
${modules.map((_, i) => `  door-${i}: { in: hall, kind: door, failSafe: true }`).join('\n')}
modules:
${modules.map((id, i) => `  ${id}: { guards: [door-${i}] }`).join('\n')}
`
const recordsLeft = 6_000
const kills = 6

let plant: ServicePlant
beforeAll(async () => {
  plant = await ServicePlant.start()
  await plant.call(operations.applySite, { text: siteOf(3), fileName: 'site.yaml' })
  for (const id of modules) await plant.commission(id)
})
afterAll(() => plant.remove())

const version = async (): Promise<number> =>
  Math.max(...(await plant.call(operations.siteVersions, {})).versions.map(({ version: number }) => number))

/** Every record of every module once, in a chain without a break, each with one leaf. */
async function expectWhole(last: ReadonlyMap<string, number>): Promise<void> {
  const rows = await plant.rows<{
    module: string
    source: Buffer
    chain_epoch: string
    number: string
    record: Buffer
    head: Buffer
  }>("select module, source, chain_epoch, number, record, head from record where module <> 'service' order by number")
  for (const [module, least] of last) {
    const own = rows.filter(row => row.module === module)
    expect(own.length).toBeGreaterThanOrEqual(least)
    expect(own.map(({ number }) => Number(number))).toEqual(own.map((_, i) => i + 1))
    let head = chainStart({ module: Uint8Array.from(own[0]?.source ?? []), chainEpoch: Number(own[0]?.chain_epoch) })
    for (const { number, record, head: stored } of own) {
      head = chainNext(head, Number(number), Uint8Array.from(record))
      if (!stored.equals(head)) throw new Error(`the chain of ${module} breaks at ${number}`)
    }
  }
  const [leaves] = await plant.rows<{ most: string; count: string }>(
    'select max(index) as most, count(*) as count from leaf',
  )
  expect(leaves?.count).toBe(leaves?.most)
  expect(await plant.rows('select module, code, detail from alarm')).toEqual([])
}

test('T82: killed with -9 while records of three modules come in, the service loses none, doubles none, and keeps every change that it has accepted', async () => {
  const seed = Math.floor(performance.now() * 1000) % 1_000_000
  console.info(`moments of the kills from seed ${seed}`)
  const random = new SeededRandom(seed)
  const last = new Map<string, number>()
  for (const id of modules) {
    await plant.end(id, 'SIGTERM')
    last.set(id, await leaveRecords(join(plant.data, 'modules', id), recordsLeft))
  }
  for (const id of modules) plant.startModule(id)
  for (let kill = 0; kill < kills; kill++) {
    const changed = await plant.call(operations.applySite, {
      text: siteOf(3 + ((kill + 1) % 4)),
      fileName: 'site.yaml',
    })
    await delay(((random.bytes(1)[0] ?? 0) * 1_500) / 256)
    await plant.end('service', 'SIGKILL')
    await plant.startService()
    expect(await version()).toBe(changed.version)
  }
  await plant.until('everything has arrived', async () => {
    const health = (await plant.call(operations.modules, {})).modules
    return health.every(
      ({ id, records, bundle }) =>
        records.acknowledged >= (last.get(id) ?? 0) && records.gaps.length === 0 && bundle.effective === bundle.desired,
    )
  })
  await expectWhole(last)
})

test('T82: a broker that comes back at another port is found by modules that are told of it, and nothing is lost', async () => {
  const last = new Map<string, number>()
  await plant.end('service', 'SIGTERM')
  await plant.moveBroker()
  for (const id of modules) {
    await plant.end(id, 'SIGKILL')
    last.set(id, await leaveRecords(join(plant.data, 'modules', id), 500))
    plant.startModule(id)
  }
  await plant.startService()
  await plant.until('everything has arrived', async () =>
    (await plant.call(operations.modules, {})).modules.every(
      ({ id, link, records }) => link === 'connected' && records.acknowledged >= (last.get(id) ?? 0),
    ),
  )
  await expectWhole(last)
})

test('a second service on the same data folder is refused, names the first, and does it no harm', async () => {
  const before = plant.postmaster
  const second = plant.run('second', ['serve', '--simulation', '--port', '0'])
  const code = await new Promise(resolve => second.once('exit', resolve))
  expect(code).not.toBe(0)
  expect(plant.said.get('second')).toContain(String(plant.pid('service')))
  expect(plant.postmaster).toBe(before)
  expect((await plant.ask(operations.status, {}))?.status).toBe(200)
})
