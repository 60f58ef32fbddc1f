/** A module made of the key store's envelopes alone: what comes in, and what a test wants it to say. */

import { fromBase64url, toBase64url, toHex } from '@edgeward/base'
import { type AuditRecord, encodeRecord } from '@edgeward/domain'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import {
  decodeCommissioningPackage,
  keyFingerprint,
  type ModuleSettings,
  readSettings,
  signCommissioningRequest,
} from '@edgeward/keystore/commissioning'
import {
  type AcknowledgedEnvelope,
  type AuditBatch,
  chainNext,
  chainStart,
  type Evidence,
  encodePayload,
  type Health,
  type MapPayloads,
  type Opened,
  type Opening,
  openEnvelope,
  openFirstKeyPackage,
  recordMac,
  sealEnvelope,
  signEvidence,
} from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { connectAsync, type MqttClient } from 'mqtt'
import { operations } from '../../src/api/operations.ts'
import type { Plant } from './plant.ts'

interface Keys {
  readonly identity: KeyHandle
  readonly agreement: KeyHandle
  readonly reader: KeyHandle
}

const typeOf = { acknowledgement: 5, 'audit-batch': 6, health: 7 } as const

export class FakeModule {
  readonly id: string
  readonly settings: ModuleSettings
  readonly keyStore: KeyStore
  readonly keys: Keys
  readonly account: string
  readonly received: Opened[] = []
  readonly bytes: Uint8Array[] = []
  chainEpoch = 1
  /** The counter of its secure element. */
  counter = 1
  /** Records with the head after each. */
  readonly records: {
    readonly record: Uint8Array
    readonly head: Uint8Array
    readonly openings: readonly Opening[]
  }[] = []
  heads: { bundle?: number; revocations?: number; keyPackage?: number } = { keyPackage: 1 }
  /** Acknowledge and take in what comes, as a good module does. */
  obedient = true
  readonly #plant: Plant
  readonly #sequences = new Map<number, bigint>()
  #client: MqttClient | undefined
  #waiting: (() => void)[] = []
  #work: Promise<void> = Promise.resolve()

  private constructor(plant: Plant, id: string, parts: { settings: ModuleSettings; keyStore: KeyStore; keys: Keys }) {
    this.#plant = plant
    this.id = id
    this.settings = parts.settings
    this.keyStore = parts.keyStore
    this.keys = parts.keys
    this.account = toHex(parts.settings.moduleParty)
  }

  /** Commissions by an order of its own, or the one given; `spoil` names a key that is no point of the curve. */
  static async commission(
    plant: Plant,
    id: string,
    given: { readonly order?: string; readonly spoil?: 'agreement' | 'reader' } = {},
  ): Promise<FakeModule> {
    const keyStore = await createMemoryKeyStore()
    const none = new Uint8Array(16)
    const make = (purpose: 'module-identity' | 'module-agreement' | 'reader-identity') =>
      keyStore.generate({ keyId: keyIdOf({ site: none, purpose }), version: 1, purpose, algorithm: 'P-256' })
    const keys = {
      identity: await make('module-identity'),
      agreement: await make('module-agreement'),
      reader: await make('reader-identity'),
    }
    const points = { identity: point(keys.identity), agreement: point(keys.agreement), reader: point(keys.reader) }
    if (given.spoil !== undefined)
      points[given.spoil] = points[given.spoil].map((byte, i) => (i === 64 ? byte ^ 1 : byte))
    const statement = { ...points, serial: `SN-${id}`, attestation: 'software', nonce: await keyStore.random(16) }
    const request = toBase64url(await signCommissioningRequest(keyStore, keys.identity, statement))
    const order = given.order ?? (await plant.call(operations.orderCommissioning, { module: id })).order
    const answer = await plant.call(operations.commission, { order, request })
    if (answer.fingerprint !== keyFingerprint(points)) throw new Error('the fingerprints differ')
    const parts = decodeCommissioningPackage(fromBase64url(answer.package))
    const settings = readSettings(parts.settings)
    await openFirstKeyPackage(keyStore, parts.firstKeyPackage, {
      tenant: settings.tenant,
      site: settings.site,
      me: settings.moduleParty,
      service: settings.serviceParty,
      signers: () => settings.siteCaKey,
      agreement: keys.agreement,
      now: settings.time,
    })
    return new FakeModule(plant, id, { settings, keyStore, keys })
  }

  async password(): Promise<string> {
    return this.keyStore.password(await this.key('mqtt'))
  }

  async connect(): Promise<void> {
    this.#client = await connectAsync(`mqtt://127.0.0.1:${this.#plant.service.mqttPort}`, {
      protocolVersion: 4,
      clientId: this.account,
      username: this.account,
      password: await this.password(),
      reconnectPeriod: 0,
    })
    this.#client.on('message', (_topic, payload) => {
      this.#work = this.#work.then(() => this.#take(Uint8Array.from(payload)))
    })
    this.#client.on('error', () => undefined)
    await this.#client.subscribeAsync(`edgeward/${this.account}/down`, { qos: 1 })
  }

  /** Resolves when the broker has ended the connection. */
  closed(): Promise<void> {
    return new Promise(resolve => this.#client?.once('close', resolve))
  }

  async disconnect(): Promise<void> {
    await this.#client?.endAsync(true)
    this.#client = undefined
  }

  /** Publishes bytes as they are. */
  async publish(bytes: Uint8Array): Promise<void> {
    await this.#client?.publishAsync(`edgeward/${this.account}/up`, Buffer.from(bytes), { qos: 1 })
  }

  async key(
    purpose: 'mqtt' | 'transport-up' | 'transport-down' | 'audit-mac' | 'credential' | 'pin',
  ): Promise<KeyHandle> {
    const group = purpose === 'credential' || purpose === 'pin'
    const subject = group ? (this.settings.groupParties[0] as Uint8Array) : this.settings.moduleParty
    const key = await this.keyStore.find(keyIdOf({ site: this.settings.site, purpose, subject }))
    if (key === undefined) throw new Error(`no ${purpose} key`)
    return key
  }

  /** Seals a payload with evidence; `change` may spoil things. */
  async seal<T extends keyof typeof typeOf>(
    type: T,
    payload: Omit<MapPayloads[T], 'evidence'>,
    change: { readonly evidence?: Evidence; readonly sequence?: bigint } = {},
  ): Promise<Uint8Array> {
    const { tenant, site, moduleParty, serviceParty } = this.settings
    const next = (this.#sequences.get(typeOf[type]) ?? 0n) + 1n
    if (change.sequence === undefined) this.#sequences.set(typeOf[type], next)
    return sealEnvelope(this.keyStore, {
      tenant,
      site,
      key: await this.key('transport-up'),
      type,
      from: moduleParty,
      to: serviceParty,
      sequence: change.sequence ?? next,
      issued: this.now,
      notAfter: null,
      payload: encodePayload<keyof typeof typeOf>(type, {
        ...payload,
        evidence: change.evidence ?? (await this.evidence()),
      } as MapPayloads[T]),
    })
  }

  evidence(): Promise<Evidence> {
    const head = this.headAfter(this.records.length)
    return signEvidence(this.keyStore, this.keys.identity, {
      module: this.settings.moduleParty,
      chainEpoch: this.chainEpoch,
      head,
      records: this.records.length,
      counter: this.counter,
    })
  }

  async health(more: Partial<Health> = {}): Promise<void> {
    await this.publish(await this.sealHealth(more))
  }

  /** A health of now, under a number of one's choice. */
  sealHealth(more: Partial<Health> = {}, change: { readonly sequence?: bigint } = {}): Promise<Uint8Array> {
    const now = {
      time: this.now,
      clockQuality: 'synchronised',
      uptime: 5,
      heads: this.heads,
      freeRecords: 1000,
    } as const
    return this.seal('health', { ...now, ...more }, change)
  }

  /** Adds records to the chain. */
  record(record: AuditRecord, openings: readonly Opening[] = []): number {
    const bytes = encodeRecord(record)
    const number = this.records.length + 1
    this.records.push({ record: bytes, head: chainNext(this.headAfter(number - 1), number, bytes), openings })
    return number
  }

  headAfter(number: number): Uint8Array {
    const { moduleParty: module } = this.settings
    return number === 0
      ? chainStart({ module, chainEpoch: this.chainEpoch })
      : (this.records[number - 1]?.head as Uint8Array)
  }

  /** A batch of records, without evidence. */
  async batch(first: number, last: number): Promise<Omit<AuditBatch, 'evidence'>> {
    const rows = this.records.slice(first - 1, last)
    const openings = rows.flatMap(row => row.openings)
    return {
      first,
      last,
      headBefore: this.headAfter(first - 1),
      records: rows.map(({ record }) => record),
      mac: await recordMac(this.keyStore, await this.key('audit-mac'), this.headAfter(last)),
      chainEpoch: this.chainEpoch,
      ...(openings.length > 0 && { openings }),
    }
  }

  async sendBatch(first: number, last: number): Promise<void> {
    await this.publish(await this.seal('audit-batch', await this.batch(first, last)))
  }

  async acknowledge(...acknowledged: readonly AcknowledgedEnvelope[]): Promise<void> {
    await this.publish(await this.seal('acknowledgement', { acknowledged }))
  }

  /** Resolves when something has come for which the test holds. */
  async until<T>(find: (module: this) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this)
      if (found !== undefined) return found
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** The newest envelope of a type. */
  newest<T extends Opened['type']>(type: T): Extract<Opened, { type: T }> | undefined {
    return this.received.findLast((envelope): envelope is Extract<Opened, { type: T }> => envelope.type === type)
  }

  get now(): number {
    return Math.floor(this.#plant.clock.now() / 1000)
  }

  /** Opens bytes that were sent to this module. */
  open(bytes: Uint8Array): Promise<Opened> {
    const { tenant, site, moduleParty, serviceParty, groupParties } = this.settings
    return openEnvelope(
      this.keyStore,
      {
        tenant,
        site,
        me: moduleParty,
        groups: groupParties,
        findKey: async ({ keyId, version }) => {
          const handle = await this.keyStore.find(keyId, version)
          if (handle === undefined) return undefined
          const direction = handle.purpose === 'credential' ? 'holder' : 'down'
          return { handle, direction, peer: serviceParty, retired: false }
        },
        mark: () => undefined,
      },
      bytes,
      { now: this.now },
    )
  }

  async #take(bytes: Uint8Array): Promise<void> {
    this.bytes.push(bytes)
    const envelope = await this.open(bytes)
    this.received.push(envelope)
    if (this.obedient) await this.#obey(envelope)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #obey(envelope: Opened): Promise<void> {
    if (envelope.type === 'policy-bundle') {
      this.heads = { ...this.heads, bundle: envelope.payload.version, revocations: envelope.payload.revocationVersion }
    }
    if (envelope.type === 'revocation-delta') this.heads = { ...this.heads, revocations: envelope.payload.version }
    if (envelope.type === 'acknowledgement' || this.#client === undefined) return
    const { type, keyVersion: version, sequence } = envelope
    await this.publish(
      await this.seal('acknowledgement', {
        acknowledged: [{ type, version, sequence, result: 'done' }],
        heads: this.heads,
      }),
    )
  }
}

function point({ publicKey }: KeyHandle): Uint8Array {
  if (publicKey === undefined) throw new Error('a key pair has a public half')
  return publicKey
}
