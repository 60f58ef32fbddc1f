/** A broker that does whatever it likes: what it can reach is the next connection. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SystemRandom } from '@edgeward/base'
import { afterEach, expect, test } from 'vitest'
import { MqttLink } from '../src/index.ts'
import { maxPacketBytes, PacketWatch } from '../src/sync/packet-watch.ts'

/** MQTT 3.1.1 §3.2, §3.9 */
const connack = (code = 0): Uint8Array => Uint8Array.of(0x20, 2, 0, code)
const suback = (id: Uint8Array, code = 1): Uint8Array => Uint8Array.of(0x90, 3, ...id, code)
const lengthOf = (length: number): number[] => {
  const bytes: number[] = []
  for (let rest = length; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0))
  }
  return bytes
}
const publish = (topic: Uint8Array, payload: Uint8Array, first = 0x30): Buffer =>
  Buffer.concat([
    Uint8Array.of(first, ...lengthOf(2 + topic.length + payload.length), topic.length >> 8, topic.length & 0xff),
    topic,
    payload,
  ])

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A broker of which the test says how it answers the n-th connection, once the module has subscribed or connected. */
class HostileBroker {
  readonly sockets: Socket[] = []
  readonly received: Uint8Array[] = []
  readonly link: MqttLink
  readonly log: string[] = []
  ups = 0
  #wake: () => void = () => undefined

  constructor(
    server: Server,
    answer: (socket: Socket, packet: 'connect' | 'subscribe', nth: number, id: Uint8Array) => void,
  ) {
    server.on('connection', socket => {
      const nth = this.sockets.push(socket)
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => {
        const type = chunk[0]
        if (type === 0x10) answer(socket, 'connect', nth, new Uint8Array())
        if (type === 0x82) answer(socket, 'subscribe', nth, chunk.subarray(2, 4))
      })
    })
    const line = (event: string, detail: object = {}): void => {
      this.log.push(`${event} ${JSON.stringify(detail)}`)
      this.#wake()
    }
    this.link = new MqttLink({ info: line, warn: line }, { random: new SystemRandom(), reconnectMs: 5 })
    const address = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
    const changed = (): void => this.#wake()
    this.link.start(
      {
        up: () => {
          this.ups += 1
          changed()
        },
        down: changed,
        received: envelope => {
          this.received.push(envelope)
          changed()
        },
      },
      { address, user: 'a1b2c3d4e5f60718', password: 'p' },
    )
    ends.push(
      () => this.link.stop(),
      async () => {
        for (const socket of this.sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      },
    )
  }

  static async open(...[answer]: [ConstructorParameters<typeof HostileBroker>[1]]): Promise<HostileBroker> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HostileBroker(server, answer)
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

/** The first connection is answered so; every later one as a good broker does. */
const firstThenGood =
  (first: (socket: Socket, packet: 'connect' | 'subscribe', id: Uint8Array) => void) =>
  (socket: Socket, packet: 'connect' | 'subscribe', nth: number, id: Uint8Array): void => {
    if (nth === 1) first(socket, packet, id)
    else socket.write(packet === 'connect' ? connack() : suback(id))
  }

const thenSends =
  (bytes: Uint8Array) =>
  (socket: Socket, packet: 'connect' | 'subscribe', id: Uint8Array): void => {
    socket.write(packet === 'connect' ? connack() : suback(id))
    if (packet === 'subscribe') socket.write(bytes)
  }

test.each<readonly [string, (socket: Socket, packet: 'connect' | 'subscribe', id: Uint8Array) => void]>([
  ['refuses the account', socket => socket.write(connack(5))],
  ['refuses the topic', (socket, packet, id) => void socket.write(packet === 'connect' ? connack() : suback(id, 0x80))],
  ['ends the connection', socket => void socket.destroy()],
  ['answers with HTTP', socket => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['announces a message of 200 MB', thenSends(Uint8Array.of(0x30, ...lengthOf(200_000_000), 0, 1, 0x61))],
  ['announces one byte too many', thenSends(Uint8Array.of(0x30, ...lengthOf(maxPacketBytes + 1), 0, 1, 0x61))],
  ['announces a length in five bytes', thenSends(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 1))],
  ['announces a long answer', thenSends(Uint8Array.of(0x90, ...lengthOf(1_000_000), 0, 1))],
  ['sends with QoS 2', thenSends(publish(Uint8Array.of(0x61), Uint8Array.of(0, 1, 2), 0x34))],
  ['asks as if it were a client', thenSends(Uint8Array.of(0x10, 0))],
  ['sends a message without a topic length', thenSends(Uint8Array.of(0x30, 1, 0))],
])(
  'T33: a broker that %s is left and tried again, and the module is on line as soon as it behaves',
  async (_, first) => {
    const broker = await HostileBroker.open(firstThenGood(first))
    await broker.until(() => broker.ups > 0 && broker.sockets.length >= 2 && broker.link.state === 'up')
    expect(broker.received).toEqual([])
  },
)

test('T33: topics that are empty or no UTF-8 say nothing: what lies in them is bytes like any other', async () => {
  const topics = [new Uint8Array(), Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0)]
  const broker = await HostileBroker.open((socket, packet, _nth, id) => {
    socket.write(packet === 'connect' ? connack() : suback(id))
    if (packet === 'subscribe')
      for (const [i, topic] of topics.entries()) socket.write(publish(topic, Uint8Array.of(i)))
  })
  await broker.until(() => broker.received.length === topics.length)
  expect(broker.received).toEqual(topics.map((_, i) => Uint8Array.of(i)))
  expect(broker.sockets).toHaveLength(1)
})

test('T33: a stream of too long messages is not collected: the module takes no more of it than the head', async () => {
  let sent = 0
  const chunk = Buffer.alloc(65_536, 0x61)
  const broker = await HostileBroker.open(
    firstThenGood((socket, packet, id) => {
      socket.write(packet === 'connect' ? connack() : suback(id))
      if (packet !== 'subscribe') return
      socket.write(Uint8Array.of(0x30, ...lengthOf(200_000_000), 0, 1, 0x61))
      const more = (): void => {
        while (!socket.destroyed && sent < 200_000_000) {
          sent += chunk.length
          if (!socket.write(chunk)) {
            socket.once('drain', more)
            return
          }
        }
      }
      more()
    }),
  )
  await broker.until(() => broker.ups === 2)
  // What lay in the buffers of both ends.
  expect(sent).toBeLessThan(16 * 1_048_576)
})

test('T33: a packet may have 1 MiB and a header of 1 KiB, and not a byte more, however it is cut', () => {
  const head = (length: number): Uint8Array => Uint8Array.of(0x32, ...lengthOf(length))
  expect(new PacketWatch().look(head(maxPacketBytes))).toBeUndefined()
  expect(new PacketWatch().look(head(maxPacketBytes + 1))).toBe('packet too long')
  const watch = new PacketWatch()
  const two = Buffer.concat([publish(Uint8Array.of(0x61), new Uint8Array(300)), Uint8Array.of(0xd0, 0)])
  for (const byte of Buffer.concat([two, two, connack()])) expect(watch.look(Uint8Array.of(byte))).toBeUndefined()
  expect(watch.look(Uint8Array.of(0x36))).toBe('unexpected packet')
})
