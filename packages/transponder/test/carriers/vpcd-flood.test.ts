/** T07: a flood of frames at the port of a reader, by peers that keep to the rules a little and then do not. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { concat, SeededRandom } from '@edgeward/base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ReaderResult,
  readerStatus,
  runDevice,
  runReaderTransaction,
  type TapLimits,
} from '../../src/aliro/index.ts'
import { type Carrier, connectVpcd, listenVpcd, systemTimer, type VpcdListener } from '../../src/carriers/index.ts'
import { makeSite, now, type Site } from '../harness.ts'

/** As many in an ordinary run as a few seconds allow; test/faults sends a million at a whole module. */
const frames = 20_000
const framesOfPeer = 200
const peersAtOnce = 6
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

const random = new SeededRandom(7)
const below = (limit: number): number => {
  const [high = 0, low = 0, more = 0] = random.bytes(3)
  return ((high << 16) | (low << 8) | more) % limit
}
const pool = random.bytes(65_536)
const noiseOf = (length: number): Uint8Array => {
  const at = below(pool.length - length)
  return pool.subarray(at, at + length)
}
const framed = (bytes: Uint8Array): Uint8Array => concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
const atr = framed(Uint8Array.of(0x3b, 0x80, 0x01, 0x81))

/** What a peer says that is no honest card: noise, elements whose lengths lie, status words, chains, long and cut frames. */
function junk(): Uint8Array {
  const noise = noiseOf(below(80))
  switch (below(9)) {
    case 0:
      return noise
    case 1:
      return framed(concat(noise, Uint8Array.of(0x90, 0x00)))
    case 2:
      return framed(concat(noise, Uint8Array.of(0x61, below(256))))
    case 3:
      return framed(concat(Uint8Array.of(0x6f, below(256), 0x84, below(256)), noise, Uint8Array.of(0x90, 0x00)))
    case 4:
      return Uint8Array.of(0xff, 0xff)
    case 5:
      return framed(Uint8Array.of(below(256)))
    case 6:
      return concat(Uint8Array.of(0x40, 0x00), noiseOf(200))
    case 7:
      return framed(concat(noiseOf(below(2_000)), Uint8Array.of(0x90, 0x00)))
    default:
      return framed(concat(Uint8Array.of(0x86, 0x41, 0x04), noiseOf(64), Uint8Array.of(0x90, 0x00)))
  }
}

/** One peer from its arrival to its end; how many frames it has sent. */
async function peer(): Promise<number> {
  let sent = 0
  const say = (socket: Socket, bytes: Uint8Array): void => {
    sent += 1
    socket.write(bytes)
  }
  const socket = connect({ port: listener.port, host: '127.0.0.1' })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  const gone = new Promise<void>(resolve => {
    socket.once('close', () => resolve())
  })
  const manner = below(4)
  if (manner > 0) say(socket, atr)
  if (manner < 2) for (let i = 0; i < framesOfPeer; i++) say(socket, junk())
  // One answer for each command, as a card would: these get further. The last kind stops in the middle of it.
  else socket.on('data', () => (manner === 2 || below(4) > 0 ? say(socket, junk()) : undefined))
  if (manner < 2) socket.resume().end()
  await gone
  return sent
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let i = 0; i < 3; i++) collect()
  return process.memoryUsage().heapUsed
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

async function flood(count: number): Promise<void> {
  let left = count
  const attack = async (): Promise<void> => {
    while (left > 0) left -= await peer()
  }
  await Promise.all(Array.from({ length: peersAtOnce }, attack))
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
