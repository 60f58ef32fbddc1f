/**
 * The MQTT 3.1.1 broker in this process. It buys availability and nothing else: each module has an account and may
 * publish to its own topic up and hear its own topic down. What the payloads say is not believed because of a topic (T33).
 */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { bytesEqual, utf8 } from '@edgeward/base'
import { Aedes, type Client } from 'aedes'
import type { Log } from '../log.ts'
import type { Timers } from '../timers.ts'
import { guardPackets } from './packet-guard.ts'

const loopback = '127.0.0.1'
/** Half-open links. threat-model §8 */
const connectMs = 5_000
const mostConnections = 4_096
/** AuthErrorCode.NOT_AUTHORIZED: a const enum of aedes, which single-file compilation cannot read. */
const notAuthorised = 5
/** SERVER_UNAVAILABLE: nobody can tell now whether the account is good. */
const unavailable = 3

export interface BrokerOptions {
  /** 0: any free one; afterwards the same at every start. */
  readonly port: number
  /** The password of an account (party id in hex), or undefined for an account that is not known. */
  readonly password: (account: string) => Promise<string | undefined>
  /** Bytes that came from an account's topic. */
  readonly received: (account: string, envelope: Uint8Array) => void
  /** An account came or went. */
  readonly linked: (account: string, connected: boolean) => void
  readonly timers: Timers
  readonly log: Log
}

export class Broker {
  readonly #options: BrokerOptions
  readonly #sockets = new Set<Socket>()
  readonly #connected = new Set<string>()
  /** Clients that proved an account, whether they listen or not. */
  readonly #clients = new Set<Client>()
  #port: number
  #server: Server | undefined
  #aedes: Aedes | undefined

  constructor(options: BrokerOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  get running(): boolean {
    return this.#server !== undefined
  }

  get clients(): number {
    return this.#connected.size
  }

  isConnected(account: string): boolean {
    return this.#connected.has(account)
  }

  async start(): Promise<void> {
    const aedes = new Aedes({ connectTimeout: connectMs, maxTopicLevels: 3, queueLimit: 64 })
    aedes.preConnect = (_client, packet, done) => {
      // A last will would be a message that nobody signed at that moment.
      done(null, packet.will === undefined && packet.protocolVersion === 4)
    }
    aedes.authenticate = (client, user, password, done) => {
      this.#authenticate(client, user, password).then(
        good =>
          good ? done(null, true) : done(Object.assign(new Error('refused'), { returnCode: notAuthorised }), false),
        (error: unknown) => {
          this.#options.log.error(
            { name: error instanceof Error ? error.name : typeof error },
            'the broker could not check an account',
          )
          done(Object.assign(new Error('unavailable'), { returnCode: unavailable }), false)
        },
      )
    }
    aedes.authorizePublish = (client, packet, done) => {
      const own = client !== null && packet.topic === topicUp(client.id) && !packet.retain && packet.qos < 2
      // Refused messages are dropped and the client is closed: a module of ours never sends one.
      done(client === null || own ? null : new Error('not a topic of this account'))
    }
    aedes.authorizeSubscribe = (client, subscription, done) => {
      done(null, subscription.topic === topicDown(client.id) ? subscription : null)
    }
    // Once more on the way out, so that no rule above is the only one.
    aedes.authorizeForward = (client, packet) => (packet.topic === topicDown(client.id) ? packet : null)
    aedes.on('publish', (packet, client) => {
      if (client === null || packet.topic !== topicUp(client.id)) return
      const bytes = typeof packet.payload === 'string' ? utf8(packet.payload) : Uint8Array.from(packet.payload)
      this.#options.received(client.id, bytes)
    })
    aedes.on('subscribe', (subscriptions, client) => {
      if (subscriptions.some(({ topic }) => topic === topicDown(client.id))) this.#link(client.id, true)
    })
    aedes.on('client', client => this.#clients.add(client))
    aedes.on('clientDisconnect', client => {
      this.#clients.delete(client)
      this.#link(client.id, false)
    })
    aedes.on('clientError', (_client, error) =>
      this.#options.log.debug({ name: error.name }, 'a client of the broker failed'),
    )
    aedes.on('connectionError', (_client, error) =>
      this.#options.log.debug({ name: error.name }, 'a connection to the broker failed'),
    )
    await aedes.listen()
    const server = createServer(socket => this.#accept(aedes, socket))
    server.maxConnections = mostConnections
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(this.#port, loopback, resolve)
      })
    } catch (error) {
      // Its timers would keep a process alive that has said why it does not start.
      await new Promise<void>(resolve => aedes.close(resolve))
      throw error
    }
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    this.#aedes = aedes
  }

  async stop(): Promise<void> {
    const [server, aedes] = [this.#server, this.#aedes]
    if (server === undefined || aedes === undefined) return
    this.#server = undefined
    this.#aedes = undefined
    const closed = new Promise(resolve => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>(resolve => aedes.close(resolve))
    await closed
    for (const account of [...this.#connected]) this.#link(account, false)
  }

  /** Closes the connections of all other accounts. */
  keepOnly(accounts: ReadonlySet<string>): void {
    for (const client of this.#clients) if (!accounts.has(client.id)) client.close()
  }

  /** Hands an envelope to a connected module; false when it is not connected. Not durable: the outbox is. */
  send(account: string, envelope: Uint8Array): Promise<boolean> {
    const aedes = this.#aedes
    if (aedes === undefined || !this.#connected.has(account)) return Promise.resolve(false)
    const packet = {
      cmd: 'publish',
      topic: topicDown(account),
      payload: Buffer.from(envelope),
      qos: 1,
      retain: false,
      dup: false,
    } as const
    return new Promise(resolve => aedes.publish(packet, error => resolve(error === undefined || error === null)))
  }

  #accept(aedes: Aedes, socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', error => this.#options.log.debug({ name: error.name }, 'a connection to the broker broke'))
    socket.setNoDelay(true)
    aedes.handle(guardPackets(socket, this.#options.timers))
  }

  async #authenticate(client: Client, user: string | undefined, password: Buffer | undefined): Promise<boolean> {
    // The id is the account: nobody takes another's session.
    if (user === undefined || password === undefined || client.id !== user || !/^[0-9a-f]{16}$/.test(user)) return false
    const expected = await this.#options.password(user)
    // An unknown account takes the same time (T50).
    const same = bytesEqual(utf8(expected ?? ' '.repeat(password.length)), Uint8Array.from(password))
    return same && expected !== undefined
  }

  #link(account: string, connected: boolean): void {
    if (this.#connected.has(account) === connected) return
    if (connected) this.#connected.add(account)
    else this.#connected.delete(account)
    this.#options.linked(account, connected)
  }
}

/** Where a module hears. */
export function topicDown(account: string): string {
  return `edgeward/${account}/down`
}

/** Where it speaks. */
export function topicUp(account: string): string {
  return `edgeward/${account}/up`
}
