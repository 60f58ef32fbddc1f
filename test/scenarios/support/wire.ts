/**
 * The network between one module and the broker, in hostile hands: it sees every byte, changes and invents messages.
 * It knows where an MQTT message begins and ends, and nothing of what is in it.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** MQTT 3.1.1 §2.2.1 */
const publish = 3

export interface WireOptions {
  /** Port of the broker, now. */
  readonly target: () => number
}

type Way = 'down' | 'up'
type Change = (payload: Uint8Array) => Uint8Array

export class Wire {
  /** Payloads that went to the module and to the broker, as they were sent. */
  readonly down: Uint8Array[] = []
  readonly up: Uint8Array[] = []
  /** Every byte of both ways. */
  readonly heard: Buffer[] = []
  readonly #server: Server
  readonly #links = new Set<{ readonly module: Socket; readonly broker: Socket }>()
  readonly #changes: { readonly way: Way; readonly fits: (payload: Uint8Array) => boolean; readonly change: Change }[] =
    []
  #topics: Record<Way, Buffer | undefined> = { down: undefined, up: undefined }

  private constructor(server: Server) {
    this.#server = server
  }

  static async open({ target }: WireOptions): Promise<Wire> {
    const server = createServer(module => wire.#join(module, connect({ port: target(), host: '127.0.0.1' })))
    const wire = new Wire(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return wire
  }

  get address(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Changes the next message that fits, once. Resolves when that has happened, with the message as it was. */
  changeNext(way: Way, fits: (payload: Uint8Array) => boolean, change: Change): Promise<Uint8Array> {
    return new Promise(resolve => {
      const done: Change = payload => {
        this.#changes.splice(this.#changes.indexOf(entry), 1)
        resolve(payload)
        return change(payload)
      }
      const entry = { way, fits, change: done }
      this.#changes.push(entry)
    })
  }

  /** Hands a message to the module, on its own topic, as if the broker had sent it. */
  toModule(payload: Uint8Array): void {
    const topic = this.#topics.down
    for (const { module } of this.#links) if (topic !== undefined) module.write(message(topic, payload))
  }

  /** Hands a message to the broker, on the module's own topic and account. */
  toBroker(payload: Uint8Array): void {
    const topic = this.#topics.up
    for (const { broker } of this.#links) if (topic !== undefined) broker.write(message(topic, payload))
  }

  async close(): Promise<void> {
    for (const { module, broker } of this.#links) {
      module.destroy()
      broker.destroy()
    }
    await new Promise(resolve => this.#server.close(resolve))
  }

  #join(module: Socket, broker: Socket): void {
    const link = { module, broker }
    this.#links.add(link)
    const end = (): void => {
      module.destroy()
      broker.destroy()
      this.#links.delete(link)
    }
    for (const socket of [module, broker]) {
      // What an error means is told by 'close'.
      socket.on('error', () => undefined)
      socket.once('close', end)
    }
    broker.on(
      'data',
      splitter(packet => module.write(this.#seen('down', packet))),
    )
    module.on(
      'data',
      splitter(packet => broker.write(this.#seen('up', packet))),
    )
  }

  #seen(way: Way, packet: Buffer): Buffer {
    this.heard.push(packet)
    const [first = 0] = packet
    if (first >> 4 !== publish) return packet
    const topicAt = 1 + lengthBytes(packet)
    const topicEnd = topicAt + 2 + packet.readUInt16BE(topicAt)
    this.#topics[way] = packet.subarray(topicAt + 2, topicEnd)
    const quality = (first >> 1) & 3
    const payloadAt = topicEnd + (quality > 0 ? 2 : 0)
    const payload = Uint8Array.from(packet.subarray(payloadAt))
    this[way].push(payload)
    const change = this.#changes.find(entry => entry.way === way && entry.fits(payload))
    return change === undefined ? packet : Buffer.concat([packet.subarray(0, payloadAt), change.change(payload)])
  }
}

/** One byte of a message is another one. */
export function flipped(payload: Uint8Array, at: number = payload.length >> 1): Uint8Array {
  return payload.map((byte, i) => (i === at ? byte ^ 1 : byte))
}

/** PUBLISH, QoS 0. MQTT 3.1.1 §3.3 */
function message(topic: Buffer, payload: Uint8Array): Buffer {
  const length = 2 + topic.length + payload.length
  const head = [publish << 4]
  for (let rest = length; rest > 0; rest >>= 7) head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
  return Buffer.concat([Buffer.from(head), Buffer.from([topic.length >> 8, topic.length & 0xff]), topic, payload])
}

/** Cuts a stream of bytes into whole packets. */
function splitter(take: (packet: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    for (let length = packetLength(rest); length !== undefined; length = packetLength(rest)) {
      take(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

/** Undefined: it is not whole yet. */
function packetLength(bytes: Buffer): number | undefined {
  const count = lengthBytes(bytes)
  if (bytes.length < 2 || bytes.length < 1 + count) return undefined
  const body = bytes.subarray(1, 1 + count).reduce((sum, byte, i) => sum + (byte & 0x7f) * 128 ** i, 0)
  return bytes.length < 1 + count + body ? undefined : 1 + count + body
}

/** How many bytes tell the length. MQTT 3.1.1 §2.2.3 */
function lengthBytes(bytes: Buffer): number {
  let count = 1
  while (count < 4 && ((bytes[count] ?? 0) & 0x80) !== 0) count += 1
  return count
}
