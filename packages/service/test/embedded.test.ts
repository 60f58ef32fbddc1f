import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemRandom } from '@edgeward/base'
import { afterEach, expect, test } from 'vitest'
import { answerOf, requestOf } from '../src/api/operation.ts'
import { operations } from '../src/api/operations.ts'
import { type Service, startService } from '../src/index.ts'
import { socketRequest } from './support/plant.ts'

let folder = ''
let service: Service | undefined

afterEach(async () => {
  await service?.stop()
  const pointer = join(folder, 'database.location')
  if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

const site = 'edgeward: 1\nsite: { id: lab, timeZone: UTC }\n'
const start = (): Promise<Service> =>
  startService({ dataFolder: folder, random: new SystemRandom(), log: { write: () => undefined } })

async function status() {
  const { method, path } = requestOf(operations.status, {})
  const answer = await socketRequest(service?.operatorSocket ?? '', { method, path })
  return answer.status === 200 ? answerOf(operations.status, answer) : answer.status
}

test('a service of its own folder alone starts from nothing, keeps everything, and outlives its database', async () => {
  folder = mkdtempSync(join(tmpdir(), 'ew-own-'))
  service = await start()
  const applied = await socketRequest(service.operatorSocket, {
    method: 'POST',
    path: operations.applySite.path,
    body: { text: site, fileName: 'lab.yaml' },
  })
  expect(applied.status).toBe(200)
  await service.stop()
  service = await start()
  expect(await status()).toMatchObject({
    site: { id: 'lab' },
    siteVersion: 1,
    simulated: false,
    database: { kind: 'embedded' },
    keys: { home: 'software', isHsm: false },
  })
  const home =
    service.note === undefined
      ? join(folder, 'database')
      : readFileSync(join(folder, 'database.location'), 'utf8').trim()
  process.kill(Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  const seen: unknown[] = []
  while (typeof seen.at(-1) !== 'object') seen.push(await status())
  expect(seen.at(-1)).toMatchObject({ siteVersion: 1 })
  expect(seen.filter(answer => answer === 500)).toEqual([])
})

test('another site’s key store is refused: nothing that was sealed could be read any more', async () => {
  folder = mkdtempSync(join(tmpdir(), 'ew-own-'))
  service = await start()
  await service.stop()
  service = undefined
  rmSync(join(folder, 'service', 'keys'), { recursive: true })
  await expect(start()).rejects.toMatchObject({ code: 'key-missing' })
})
