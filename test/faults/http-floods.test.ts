import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserSession, browserOf, refusalCode } from '../../packages/service/test/support/browser.ts'
import { useDatabaseServer } from '../../packages/service/test/support/database.ts'
import { type Plant, socketRequest, startPlant } from '../../packages/service/test/support/plant.ts'

/** As threat-model §8 and `http/limits.ts` of the service have them. */
const [headersMs, maxConnections, maxStreams, sessionBurst] = [10_000, 2_000, 1_000, 1_000]

/** The port is flooded by whoever can reach it; sessions that are there, and the operator, go on. */
const server = useDatabaseServer()
let plant: Plant
let session: BrowserSession
const browser = browserOf(() => plant)

beforeAll(async () => {
  plant = await startPlant(server())
  session = await browser.signIn()
})
afterAll(() => plant.stop())

const port = (): number => Number(new URL(plant.service.url).port)
const operatorAnswers = () =>
  socketRequest(plant.service.operatorSocket, { method: 'GET', path: '/api/status' }).then(({ status }) => status)

async function open(): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const textOf = (socket: Socket): Promise<string> =>
  new Promise(resolve => {
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.on('close', () => resolve(text))
  })

test('T87: half a request is sent away in its time with a sentence, and holds nobody up meanwhile', async () => {
  const slow = await Promise.all(Array.from({ length: 200 }, open))
  const ends = slow.map(textOf)
  for (const [i, socket] of slow.entries()) {
    // A drop of headers now and then does not help; the first hundred say nothing at all.
    if (i >= 100) socket.write('GET /api/session HTTP/1.1\r\nx: ')
  }
  const drip = (): void => {
    for (const socket of slow.slice(100)) if (socket.writable) socket.write('a')
  }
  const drops = setInterval(drip, 500)
  expect(await operatorAnswers()).toBe(200)
  expect((await browser.get('/api/status', session.read)).status).toBe(200)
  const begun = process.hrtime.bigint()
  const answers = await Promise.all(ends)
  clearInterval(drops)
  // Not for ever is what counts; how punctual the machine is does not.
  expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(6 * headersMs)
  for (const answer of answers.slice(100)) expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"timeout"/)
  expect((await browser.get('/api/status', session.read)).status).toBe(200)
})

test('T87: beyond its bound a connection to the port is closed at once; the operator has a door of his own', async () => {
  const sockets: Socket[] = []
  let closed = 0
  while (closed === 0 && sockets.length < maxConnections + 100) {
    const more = await Promise.all(Array.from({ length: 50 }, open))
    for (const socket of more) socket.on('close', () => closed++)
    sockets.push(...more)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(sockets.length).toBeGreaterThanOrEqual(maxConnections - 50)
  expect(closed).toBeGreaterThan(0)
  expect(await operatorAnswers()).toBe(200)
  for (const socket of sockets) socket.destroy()
  // As soon as the service has seen that they are gone, there is room.
  for (let status = 0; status !== 200; ) {
    status = await browser.get('/api/status', session.read).then(
      answer => answer.status,
      () => 0,
    )
  }
})

test('T87: a thousand streams are served, one more is refused, and a client that does not read holds up no other', async () => {
  const path = '/api/events/stream'
  const follow = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { socketPath: plant.service.operatorSocket, path, agent: false }
      get(options, resolve).on('error', reject)
    })
  const streams: IncomingMessage[] = []
  while (streams.length < maxStreams) {
    streams.push(...(await Promise.all(Array.from({ length: 50 }, follow))))
  }
  expect(new Set(streams.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  const refused = await socketRequest(plant.service.operatorSocket, { method: 'GET', path })
  expect([refused.status, refusalCode(refused)]).toEqual([429, 'too-many-requests'])
  expect(refused.text).toContain(String(maxStreams))
  // Nobody but the last reads.
  const last = streams.at(-1) as IncomingMessage
  let text = ''
  last.setEncoding('utf8').on('data', (part: string) => (text += part))
  for (let i = 0; i < 20; i++) await plant.call(operations.setPin, { person: 'theo', pin: '4711' })
  while (text.split('"pin-set"').length < 21) await once(last, 'data')
  for (const stream of streams) stream.destroy()
  // As soon as one has gone there is room.
  for (;;) {
    const again = await follow()
    again.destroy()
    if (again.statusCode === 200) break
  }
})

test('T87: a session is answered a thousand times in ten seconds, and not more often over all operations', async () => {
  const counts = { answered: 0, refused: 0 }
  while (counts.refused === 0 && counts.answered < 20 * sessionBurst) {
    const paths = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? '/api/session' : '/api/site/export?version=x'))
    const more = await Promise.all(paths.map(path => browser.get(path, session.read)))
    for (const { status } of more) counts[status === 429 ? 'refused' : 'answered'] += 1
  }
  // On a machine too slow for a hundred a second nothing is refused, and nothing is shown.
  expect(counts.answered).toBeGreaterThanOrEqual(sessionBurst - 100)
  expect(await operatorAnswers()).toBe(200)
})

test('T87: a statement that waits longer than five seconds is given up with a sentence, and the next is answered', async () => {
  // Longer than a statement may take, and let go by itself.
  const held = plant.rows('lock table site in access exclusive mode; select pg_sleep(8)')
  const ask = () => socketRequest(plant.service.operatorSocket, { method: 'GET', path: '/api/status' })
  let answer = await ask()
  // Until the lock is there.
  while (answer.status === 200) answer = await ask()
  expect([answer.status, refusalCode(answer)]).toEqual([503, 'unavailable'])
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  await held
  expect((await ask()).status).toBe(200)
})
