/**
 * The link over MQTT 3.1.1: QoS 1, a topic down and a topic up of this module alone. Nothing durable is expected of it;
 * what it loses is sent again, since only what is acknowledged inside the envelopes counts. The broker is nobody: what
 * it says is bounded, its topics are not read, and whatever it does wrong ends the connection, which is tried again (T33).
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Random } from '@edgeward/base'
import type { IClientOptions, MqttClient } from 'mqtt'
import { describeError, type Log } from '../log.ts'
import type { LinkAccount, LinkPort } from '../ports.ts'
import { BackOff } from './back-off.ts'
import { PacketWatch } from './packet-watch.ts'

type Handlers = Parameters<LinkPort['start']>[0]

const protocolVersion = 4
const keepaliveSeconds = 30
const connectTimeoutMs = 10_000
const firstReconnectMs = 1_000
const ports: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 }

export class MqttLink implements LinkPort {
  readonly #log: Log
  readonly #pauses: BackOff
  #client: MqttClient | undefined
  #isUp = false
  /** The failure that the log has already. */
  #said: unknown
  /** Starts and stops come one after the other, however quickly they are asked for. */
  #changing: Promise<void> = Promise.resolve()

  /** `reconnectMs`: about how long after the end of a connection the next one is tried; longer the more often it failed. */
  constructor(
    log: Log,
    { random, reconnectMs = firstReconnectMs }: { readonly random: Random; readonly reconnectMs?: number },
  ) {
    this.#log = log
    this.#pauses = new BackOff({ firstMs: reconnectMs, random })
  }

  get state(): 'up' | 'down' {
    return this.#isUp ? 'up' : 'down'
  }

  start(on: Handlers, account: LinkAccount): void {
    this.#changing = this.#changing.then(
      () => this.#connect(on, account),
      () => this.#connect(on, account),
    )
    this.#changing.catch((error: unknown) => this.#log.warn('link', describeError(error)))
  }

  async send(envelope: Uint8Array): Promise<boolean> {
    const client = this.#client
    if (client === undefined || !this.#isUp) return false
    try {
      await client.publishAsync(`edgeward/${client.options.username}/up`, Buffer.from(envelope), { qos: 1 })
      return true
    } catch (error) {
      this.#log.warn('link-send', describeError(error))
      return false
    }
  }

  async stop(): Promise<void> {
    this.#changing = this.#changing.then(() => this.#disconnect())
    await this.#changing
  }

  async #connect(on: Handlers, { address, user, password }: LinkAccount): Promise<void> {
    await this.#disconnect()
    this.#pauses.reset()
    // Loaded when a module goes on line: taps never need it.
    const { MqttClient } = await import('mqtt')
    const options: IClientOptions = {
      protocolVersion,
      clientId: user,
      username: user,
      password,
      clean: true,
      keepalive: keepaliveSeconds,
      reconnectPeriod: this.#pauses.next(),
      connectTimeout: connectTimeoutMs,
      queueQoSZero: false,
      resubscribe: false,
      // A broker that refuses an account now may know it later.
      reconnectOnConnackError: true,
    }
    const client = new MqttClient(() => this.#watched(openSocket(address)), options)
    this.#client = client
    client.on('connect', () => this.#subscribe(client, on, user))
    // While one try is under way the pause before the next is chosen: the client reads it when the connection ends.
    client.on('reconnect', () => {
      client.options.reconnectPeriod = this.#pauses.next()
    })
    client.on('close', () => this.#isDown(client, on))
    client.on('error', error => {
      this.#say(error)
      // What it means is told by 'close'. After bytes that are no packet the stream would make no sense any more.
      client.stream.destroy()
    })
    client.on('message', (_topic, payload) => on.received(Uint8Array.from(payload)))
  }

  /** A connection that ends as soon as the broker says what it may not. */
  #watched(socket: Socket): Socket {
    const watch = new PacketWatch()
    socket.on('data', (chunk: Uint8Array) => {
      const fault = watch.look(chunk)
      if (fault !== undefined) socket.destroy(Object.assign(new Error(fault), { code: fault }))
    })
    return socket
  }

  #subscribe(client: MqttClient, on: Handlers, user: string): void {
    client.subscribeAsync(`edgeward/${user}/down`, { qos: 1 }).then(
      () => {
        if (client !== this.#client || this.#isUp) return
        this.#isUp = true
        this.#said = undefined
        this.#pauses.reset()
        client.options.reconnectPeriod = this.#pauses.next()
        on.up()
      },
      (error: unknown) => {
        this.#log.warn('link-subscribe', describeError(error))
        client.stream.destroy()
      },
    )
  }

  /** Each kind of failure once, until there was a connection: it tries again and again. */
  #say(error: Error): void {
    const { code = error.name } = error as { code?: unknown }
    if (this.#said === code) return
    this.#said = code
    this.#log.info('link', describeError(error))
  }

  #isDown(client: MqttClient, on: Handlers): void {
    if (client !== this.#client || !this.#isUp) return
    this.#isUp = false
    on.down()
  }

  async #disconnect(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#isUp = false
    await client?.endAsync(true)
  }
}

/** Throws a TypeError for an address that is none of a broker. */
function openSocket(address: string): Socket {
  const { protocol, hostname, port } = new URL(address)
  const defaultPort = ports[protocol]
  if (defaultPort === undefined) throw new TypeError('the address of a broker begins with mqtt:// or mqtts://')
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) }
  return protocol === 'mqtts:' ? connectTls({ ...place, servername: place.host }) : connectTcp(place)
}
