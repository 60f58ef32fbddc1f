/** A module, and a service in memory, that have nothing between them but a broker which lets anybody do anything. */
import { connect as connectTcp } from 'node:net'
import { SystemRandom, toHex } from '@edgeward/base'
import { type Database, MqttLink } from '@edgeward/module'
import type { LinkAccount, LinkPort } from '@edgeward/module/ports'
import { ada, openGate, Plant } from '../../../packages/module/test/harness/plant.ts'
import { storeContents } from '../../../packages/module/test/harness/store-digest.ts'
import { connectAsync, type MqttClient } from '../../../packages/service/test/support/brokers.ts'
import { until } from '../../scenarios/support/until.ts'

/** An account at a broker; where the broker knows none it says nothing. */
export interface Account {
  readonly address: string
  readonly user: string
  readonly password: string
}

const clientOptions = { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 5_000 } as const

/** Somebody at the broker. */
export async function client({ address, user, password }: Account, clientId: string = user): Promise<MqttClient> {
  const connected = await connectAsync(address, { ...clientOptions, clientId, username: user, password })
  // What it means is told by 'close'.
  connected.on('error', () => undefined)
  return connected
}

export class BrokerPlant {
  readonly plant: Plant
  readonly party: string
  readonly #service: MqttClient
  readonly #db: () => Database

  private constructor(parts: { plant: Plant; party: string; service: MqttClient; db: () => Database }) {
    this.plant = parts.plant
    this.party = parts.party
    this.#service = parts.service
    this.#db = parts.db
  }

  /** Commissioned, on line, with a bundle. `service`: the account by which the service hears all and speaks to all. */
  static async open(
    address: string,
    service: Omit<Account, 'address'>,
    onAccount: (account: LinkAccount) => void = () => undefined,
  ): Promise<BrokerPlant> {
    let db: Database | undefined
    const link = new MqttLink(silent, { random: new SystemRandom(), reconnectMs: 20 })
    const plant = await Plant.create({
      uncommissioned: true,
      wrapDatabase: opened => (db = opened),
      wrapPorts: ports => ({ ...ports, link: at(link, address, onAccount) }),
    })
    const party = toHex(plant.service.party('edge-1'))
    const speaker = await client({ address, ...service })
    speaker.on('message', (topic, payload) => {
      const bytes = Uint8Array.from(payload)
      if (topic !== `edgeward/${party}/up`) return
      // What anybody wrote there does not open.
      plant.service.open('edge-1', bytes).then(
        () => plant.surroundings.link.sent.push(bytes),
        () => undefined,
      )
    })
    await speaker.subscribeAsync(`edgeward/${party}/up`, { qos: 1 })
    const opened = new BrokerPlant({ plant, party, service: speaker, db: () => db as Database })
    const { request } = await plant.module.commissioningRequest()
    await plant.module.acceptCommissioning(await plant.service.commission('edge-1', request))
    await opened.online()
    await until('the module tells how it is', async () => (await opened.heard('health')) > 0)
    await opened.deliver(await plant.service.bundle('edge-1', plant.site))
    await until('the bundle is in force', () => plant.module.status().versions.bundle === 1)
    return opened
  }

  get refused(): number {
    return this.plant.module.status().refusedEnvelopes
  }

  /** What decides here and what has come; `taps: false`: without what taps change. */
  state({ taps = true }: { readonly taps?: boolean } = {}): string {
    const tables = ['bundle', 'endings', 'marks', 'trust']
    return storeContents(this.#db(), { tables: taps ? [...tables, 'decision_state'] : tables })
  }

  async online(): Promise<void> {
    await until('the module is on line', () => this.plant.module.status().link === 'up')
  }

  async deliver(envelope: Uint8Array): Promise<void> {
    await this.#service.publishAsync(`edgeward/${this.party}/down`, Buffer.from(envelope), { qos: 1 })
  }

  /** Its process ends and begins again, as if for the first time today. */
  async restart(): Promise<void> {
    await this.plant.reopen()
    await this.online()
  }

  /** Ada opens the gate, and the record of it arrives at the service. */
  async tapAndRecord(): Promise<string | undefined> {
    const { plant } = this
    const { record } = await plant.tap(await plant.phone(ada), openGate)
    const number = plant.module.status().records.last
    await until('the record arrives', async () => {
      await plant.settle()
      const batches = await plant.received('audit-batch')
      return batches.some(each => each.type === 'audit-batch' && each.payload.last >= number)
    })
    const last = await plant.service.seal('edge-1', 'acknowledgement', {
      acknowledged: [{ type: 'audit-batch', version: number, sequence: 1n, result: 'done' }],
    })
    await this.deliver(last)
    await until('the module knows', () => plant.module.status().records.acknowledged >= number)
    return record?.decision
  }

  async close(): Promise<void> {
    await this.plant.remove()
    await this.#service.endAsync(true)
  }

  async heard(type: 'health' | 'audit-batch'): Promise<number> {
    return (await this.plant.received(type)).length
  }
}

/** Publishes to a topic that no client library would let through, and whatever the broker makes of it. */
export async function publishRaw(address: string, topic: Uint8Array, payload: Uint8Array): Promise<void> {
  const { port } = new URL(address)
  const name = Buffer.from('raw')
  const text = (bytes: Uint8Array): number[] => [bytes.length >> 8, bytes.length & 0xff, ...bytes]
  const connect = [...text(Buffer.from('MQTT')), 4, 2, 0, 60, ...text(name)]
  const publish = [...text(topic), ...payload]
  const socket = connectTcp(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(Uint8Array.of(0x10, connect.length, ...connect, 0x31, publish.length, ...publish, 0xc0, 0, 0xe0, 0))
  // It answers the ping behind the message, or closes: either will do.
  socket.on('data', (chunk: Buffer) => {
    if (chunk.includes(0xd0)) socket.destroy()
  })
  await new Promise(resolve => socket.once('close', resolve))
}

/** The link with another address than the settings have. */
function at(link: MqttLink, address: string, onAccount: (account: LinkAccount) => void): LinkPort {
  return {
    get state() {
      return link.state
    },
    start(on, account) {
      onAccount(account)
      link.start(on, { ...account, address })
    },
    send: envelope => link.send(envelope),
    stop: () => link.stop(),
  }
}

const silent = { info: () => undefined, warn: () => undefined }
