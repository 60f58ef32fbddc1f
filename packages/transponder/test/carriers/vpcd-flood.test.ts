/** T07: a flood of frames at the port of a reader, by peers that keep to the rules a little and then do not. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SeededRandom } from '@edgeward/base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ReaderResult,
  readerStatus,
  runDevice,
  runReaderTransaction,
  type TapLimits,
} from '../../src/aliro/index.ts'
import { type Carrier, connectVpcd, listenVpcd, systemTimer, type VpcdListener } from '../../src/carriers/index.ts'
import { floodPort } from '../flood.ts'
import { makeSite, now, type Site } from '../harness.ts'

/** As many in an ordinary run as a few seconds allow; test/faults sends a million at a whole module. */
const frames = 20_000
const framesOfPeer = 400
const memoryGrowth = 20 * 1_024 * 1_024

const shortLimits: TapLimits = { transactionMs: 300, answerMs: 30 }

let site: Site
let listener: VpcdListener
let limits: TapLimits | undefined = shortLimits
let reading = 0
const results: ReaderResult[] = []
const errors: unknown[] = []
beforeAll(async () => {
  site = await makeSite(1)
  listener = await listenVpcd({
    port: 0,
    timer: systemTimer,
    onCard: card => {
      read(card).then(
        result => results.push(result),
        (error: unknown) => errors.push(error),
      )
    },
  })
})
afterAll(() => listener.close())

async function read(card: Carrier): Promise<ReaderResult> {
  const tools = {
    sign: site.readerKey.sign,
    random: new SeededRandom(2),
    timer: systemTimer,
    ...(limits ? { limits } : {}),
  }
  reading += 1
  try {
    return await runReaderTransaction(card, site.reader, tools, session => session.finish(readerStatus.good))
  } finally {
    reading -= 1
    card.close()
  }
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let i = 0; i < 3; i++) collect()
  return process.memoryUsage().heapUsed
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

async function flood(count: number): Promise<void> {
  await floodPort({ port: listener.port, frames: count, framesOfPeer, peersAtOnce: 6, seed: 7 })
  while (reading > 0) await turn()
}

async function honestTap(): Promise<ReaderResult | undefined> {
  const before = results.length
  const carrier = await connectVpcd({ port: listener.port })
  const tools = {
    sign: (_: Uint8Array, data: Uint8Array) => site.credential.sign(data),
    random: new SeededRandom(1),
    clock: { now: () => now },
  }
  await runDevice(carrier, site.device, tools, () => undefined)
  carrier.close()
  while (results.length === before) await turn()
  return results.at(-1)
}

test('T07: 20,000 frames later the reader lives, has kept nothing, and the next honest tap succeeds', async () => {
  await flood(frames / 20)
  const before = heapAfterCollection()
  results.length = 0
  await flood(frames)
  expect(results.filter(({ outcome }) => outcome !== 'failed')).toEqual([])
  expect(results.length).toBeGreaterThan(frames / framesOfPeer / 2)
  results.length = 0
  expect(errors).toEqual([])
  expect(heapAfterCollection() - before).toBeLessThan(memoryGrowth)
  limits = undefined
  expect(await honestTap()).toMatchObject({ outcome: 'granted' })
})
