/** The database is killed under load: whoever asks hears at once when to come again, and no accepted change is lost. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaveRecords } from './support/left-records.ts'
import { ServicePlant } from './support/service-plant.ts'

const siteOf = (change: number): string => `
edgeward: 1
site: { id: works, name: Works ${change}, timeZone: UTC }
areas: { hall: {} }
assets: { door: { in: hall, kind: door, failSafe: true } }
modules: { edge-a: { guards: [door] } }
`

let plant: ServicePlant
let changes = 0
beforeAll(async () => {
  plant = await ServicePlant.start()
  await plant.call(operations.applySite, { text: siteOf(0), fileName: 'site.yaml' })
  await plant.commission('edge-a')
})
afterAll(() => plant.remove())

/** Changes the site again and again, from four sides, until told to stop. */
function load(): { readonly stop: () => Promise<Load> } {
  const seen: Load = { accepted: [], unavailable: 0, other: [] }
  let stopped = false
  const one = async (): Promise<void> => {
    while (!stopped) {
      changes += 1
      const answer = await plant.ask(operations.applySite, { text: siteOf(changes), fileName: 'site.yaml' })
      if (answer?.status === 200) seen.accepted.push((answer.json as { version: number }).version)
      else if (answer?.status === 503 && Number(answer.retryAfter) > 0) seen.unavailable += 1
      else seen.other.push(answer)
    }
  }
  const all = Promise.all([one(), one(), one(), one()])
  return {
    async stop() {
      stopped = true
      await all
      return seen
    },
  }
}

interface Load {
  readonly accepted: number[]
  unavailable: number
  readonly other: unknown[]
}

async function killedUnderLoad(kill: () => Promise<void>): Promise<Load> {
  const running = load()
  const before = changes
  await plant.until('there is load', async () => changes > before + 8)
  await kill()
  const hurt = changes
  await plant.until('somebody is told to wait', async () => changes > hurt + 4)
  await plant.until('the service answers again', async () => (await plant.ask(operations.status, {}))?.status === 200)
  const seen = await running.stop()
  const { versions } = await plant.call(operations.siteVersions, {})
  const kept = new Set(versions.map(({ version }) => version))
  expect(seen.accepted.filter(version => !kept.has(version))).toEqual([])
  expect(seen.other).toEqual([])
  return seen
}

test('T82: a postmaster that is killed with -9 comes back by itself; until then callers are told to come again', async () => {
  const last = await (async () => {
    await plant.end('edge-a', 'SIGTERM')
    const number = await leaveRecords(join(plant.data, 'modules/edge-a'), 3_000)
    plant.startModule('edge-a')
    return number
  })()
  const before = plant.postmaster
  const seen = await killedUnderLoad(async () => void process.kill(before, 'SIGKILL'))
  expect(seen.accepted.length).toBeGreaterThan(0)
  expect(seen.unavailable).toBeGreaterThan(0)
  expect(plant.postmaster).not.toBe(before)
  await plant.until('the records of the module are here', async () => {
    const [module] = (await plant.call(operations.modules, {})).modules
    return (module?.records.acknowledged ?? 0) >= last && module?.bundle.effective === module?.bundle.desired
  })
  const [{ count, most } = { count: '', most: '' }] = await plant.rows<{ count: string; most: string }>(
    "select count(*) as count, max(number) as most from record where module = 'edge-a'",
  )
  expect(count).toBe(most)
})

test('T82: a backend that is killed with -9 takes the others with it, and the service goes on by itself', async () => {
  const seen = await killedUnderLoad(async () => {
    const [backend] = await plant.rows<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'edgeward' order by state_change desc limit 1",
    )
    process.kill(Number(backend?.pid), 'SIGKILL')
  })
  expect(seen.accepted.length).toBeGreaterThan(0)
  expect(readFileSync(join(plant.databaseHome, 'data/postmaster.pid'), 'utf8')).toContain('ready')
})
