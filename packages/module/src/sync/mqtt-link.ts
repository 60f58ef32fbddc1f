/**
 * The link over MQTT 3.1.1: QoS 1, a topic down and a topic up of this module alone. Nothing durable is expected of it;
 * what it loses is sent again, since only what is acknowledged inside the envelopes counts.
 */
import type { IClientOptions, MqttClient } from 'mqtt'
import { describeError, type Log } from '../log.ts'
import type { LinkAccount, LinkPort } from '../ports.ts'

type Handlers = Parameters<LinkPort['start']>[0]

const protocolVersion = 4
const keepaliveSeconds = 30
const reconnectMs = 2_000
const connectTimeoutMs = 10_000
/** Longest envelope; threat-model.md §8. */
const maxEnvelopeBytes = 1_048_576

export class MqttLink implements LinkPort {
  readonly #log: Log
  #client: MqttClient | undefined
  #isUp = false
  /** The failure that the log has already. */
  #said: unknown
  /** Starts and stops come one after the other, however quickly they are asked for. */
  #changing: Promise<void> = Promise.resolve()

  constructor(log: Log) {
    this.#log = log
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
    // Loaded when a module goes on line: taps never need it.
    const { connect } = await import('mqtt')
    const options: IClientOptions = {
      protocolVersion,
      clientId: user,
      username: user,
      password,
      clean: true,
      keepalive: keepaliveSeconds,
      reconnectPeriod: reconnectMs,
      connectTimeout: connectTimeoutMs,
      queueQoSZero: false,
      resubscribe: false,
    }
    const client = connect(address, options)
    this.#client = client
    client.on('connect', () => this.#subscribe(client, on, user))
    client.on('close', () => this.#isDown(client, on))
    // What it means is told by 'close'; without a listener the process would end.
    client.on('error', error => this.#say(error))
    client.on('message', (_topic, payload) => {
      if (payload.length <= maxEnvelopeBytes) on.received(Uint8Array.from(payload))
    })
  }

  #subscribe(client: MqttClient, on: Handlers, user: string): void {
    client.subscribeAsync(`edgeward/${user}/down`, { qos: 1 }).then(
      () => {
        if (client !== this.#client || this.#isUp) return
        this.#isUp = true
        this.#said = undefined
        on.up()
      },
      (error: unknown) => {
        this.#log.warn('link-subscribe', describeError(error))
        client.reconnect()
      },
    )
  }

  /** Each kind of failure once, until there was a connection: it tries every other second. */
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
