import { connect, type Socket } from 'node:net'
import { concat, fromHex, SeededRandom, toHex } from '@edgeward/base'
import fc from 'fast-check'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { type ReaderResult, readerStatus, runDevice, runReaderTransaction } from '../../src/aliro/index.ts'
import {
  type Carrier,
  connectVpcd,
  encodeFrame,
  FrameDecoder,
  halfOpenIdleMs,
  listenVpcd,
  maxFrameBytes,
  maxHalfOpenLinks,
  TransponderError,
  type VpcdListener,
} from '../../src/carriers/index.ts'
import { ManualTimer, makeSite, now, type Site } from '../harness.ts'

let site: Site
beforeAll(async () => {
  site = await makeSite(1)
})

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close()
})

interface Field {
  readonly listener: VpcdListener
  readonly timer: ManualTimer
  readonly refused: string[]
  /** The next card that comes. */
  readonly card: () => Promise<Carrier>
}

async function field(onCard?: (card: Carrier) => void): Promise<Field> {
  const timer = new ManualTimer()
  const refused: string[] = []
  const cards: Carrier[] = []
  let waiting: ((card: Carrier) => void) | undefined
  const queue = (card: Carrier) => {
    if (waiting) waiting(card)
    else cards.push(card)
    waiting = undefined
  }
  const listener = await listenVpcd({
    port: 0,
    timer,
    onCard: onCard ?? queue,
    onRefused: because => refused.push(because),
  })
  opened.push(listener)
  const card = () => {
    const next = cards.shift()
    return next
      ? Promise.resolve(next)
      : new Promise<Carrier>(resolve => {
          waiting = resolve
        })
  }
  return { listener, timer, refused, card }
}

/** A bare connection, for peers that do not keep to the rules. */
async function socketTo({ listener }: Field): Promise<Socket> {
  const socket = connect({ port: listener.port, host: '127.0.0.1' })
  socket.on('error', () => socket.destroy())
  opened.push({ close: () => socket.destroy() })
  await new Promise<void>(resolve => {
    socket.once('connect', () => resolve())
  })
  return socket
}

function ended(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    socket.resume()
    socket.once('close', () => resolve())
  })
}

/** One tap of the site's phone. */
async function phone(port: number): Promise<void> {
  const carrier = await connectVpcd({ port })
  const tools = {
    sign: (_: Uint8Array, data: Uint8Array) => site.credential.sign(data),
    random: new SeededRandom(1),
    clock: { now: () => now },
  }
  await runDevice(carrier, site.device, tools, () => undefined)
  carrier.close()
}

async function read(card: Carrier, timer: ManualTimer): Promise<ReaderResult> {
  const tools = { sign: site.readerKey.sign, random: new SeededRandom(2), timer }
  const result = await runReaderTransaction(card, site.reader, tools, session => session.finish(readerStatus.good))
  card.close()
  return result
}

test('a phone taps over TCP', async () => {
  const { listener, timer, card } = await field()
  const done = phone(listener.port)
  expect(await read(await card(), timer)).toMatchObject({ outcome: 'granted', acknowledged: true })
  await done
})

test('the wire is that of vpcd: power on, ATR asked for, APDUs, power off', async () => {
  const here = await field()
  const socket = await socketTo(here)
  const heard: Uint8Array[] = []
  socket.on('data', bytes => heard.push(bytes))
  socket.write(fromHex('0002'))
  socket.write(fromHex('3b00'))
  const card = await here.card()
  const answer = card.exchange(fromHex('00a40400'))
  socket.write(fromHex('00026d00'))
  expect(await answer).toEqual(fromHex('6d00'))
  card.close()
  await ended(socket)
  expect(toHex(concat(...heard))).toBe('0001010001040004' + '00a40400' + '000100')
})

test('a card answers its ATR and passes everything else on', async () => {
  const { listener, card } = await field()
  const carrier = await connectVpcd({ port: listener.port })
  const reader = await card()
  expect(await carrier.next()).toEqual({ type: 'power-on' })
  const answer = reader.exchange(fromHex('00a40400'))
  expect(await carrier.next()).toEqual({ type: 'command', bytes: fromHex('00a40400') })
  carrier.answer(fromHex('9000'))
  expect(await answer).toEqual(fromHex('9000'))
  reader.close()
  expect(await carrier.next()).toEqual({ type: 'power-off' })
  expect(await carrier.next()).toEqual({ type: 'closed' })
})

test('a reader that is not there is named', async () => {
  const { listener } = await field()
  await listener.close()
  await expect(connectVpcd({ port: listener.port })).rejects.toMatchObject({ code: 'carrier-unreachable' })
})

test('a port that is taken is named', async () => {
  const { listener } = await field()
  const second = listenVpcd({ port: listener.port, timer: new ManualTimer(), onCard: () => undefined })
  await expect(second).rejects.toMatchObject({ code: 'carrier-unreachable' })
})

test('an answer of a card that has left is an error, and so is a second question before the first answer', async () => {
  const { listener, card } = await field()
  const carrier = await connectVpcd({ port: listener.port })
  const reader = await card()
  const first = reader.exchange(fromHex('00a40400'))
  await expect(reader.exchange(fromHex('00a40400'))).rejects.toMatchObject({ code: 'carrier-protocol' })
  carrier.close()
  await expect(first).rejects.toMatchObject({ code: 'carrier-closed' })
  await expect(reader.exchange(fromHex('00a40400'))).rejects.toMatchObject({ code: 'carrier-closed' })
})

test('frames are found again however the stream is cut', () => {
  const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300, size: 'max' }), { maxLength: 5 })
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (messages, cuts) => {
      const stream = concat(...messages.map(encodeFrame))
      const decoder = new FrameDecoder()
      const found: Uint8Array[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = cuts[i % cuts.length] as number
        found.push(...decoder.push(stream.subarray(at, at + size)))
        at += size
      }
      expect(found).toEqual(messages)
    }),
  )
})

test('T07: a frame holds 16,384 bytes and not one more, and is never empty', () => {
  const whole = encodeFrame(new Uint8Array(maxFrameBytes))
  expect(new FrameDecoder().push(whole)).toHaveLength(1)
  expect(() => encodeFrame(new Uint8Array(maxFrameBytes + 1))).toThrow(RangeError)
  for (const head of ['4001', 'ffff', '0000'])
    expect(() => new FrameDecoder().push(fromHex(head))).toThrow(TransponderError)
})

test('T85: a link that says nothing is ended after 5 seconds', async () => {
  const here = await field()
  const socket = await socketTo(here)
  while (here.timer.waiting === 0) await new Promise(resolve => setImmediate(resolve))
  here.timer.fire(halfOpenIdleMs)
  await ended(socket)
  expect(here.refused).toEqual(['idle'])
})

test('T85: of many silent links the newest eight stay, and an honest phone still taps', async () => {
  const results: Promise<ReaderResult>[] = []
  const timer = new ManualTimer()
  const here = await field(card => results.push(read(card, timer)))
  const silent: Socket[] = []
  for (let i = 0; i < 200; i++) silent.push(await socketTo(here))
  await phone(here.listener.port)
  expect(await results[0]).toMatchObject({ outcome: 'granted' })
  expect(here.refused.filter(because => because === 'too-many').length).toBeGreaterThanOrEqual(200 - maxHalfOpenLinks)
  expect(here.refused).not.toContain('junk')
  for (const socket of silent) socket.destroy()
})

test('T07: whatever is thrown at the port, the reader lives and the next honest tap succeeds', async () => {
  const results: Promise<ReaderResult>[] = []
  const timer = new ManualTimer()
  const here = await field(card => results.push(read(card, timer)))
  const structured = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.uint8Array({ maxLength: 300, size: 'max' })), { maxLength: 8 })
    .map(parts => concat(...parts.map(([length, bytes]) => concat(Uint8Array.of(length >> 8, length & 0xff), bytes))))
  const cardLike = structured.map(bytes => concat(fromHex('00023b00'), bytes))
  const junk = fc.oneof(fc.uint8Array({ maxLength: 20_000, size: 'max' }), structured, cardLike)
  await fc.assert(
    fc.asyncProperty(junk, async bytes => {
      const socket = await socketTo(here)
      const gone = ended(socket)
      socket.end(bytes)
      await gone
    }),
    { numRuns: 200 },
  )
  for (const result of await Promise.all(results)) expect(result.outcome).toBe('failed')
  results.length = 0
  await phone(here.listener.port)
  expect(await results[0]).toMatchObject({ outcome: 'granted' })
})
