/** A phone that taps in memory, and how long it took: its time is no time of the reader. */
import { type Clock, SystemRandom } from '@edgeward/base'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { type DeviceSetup, layOutMailbox, runDevice } from '@edgeward/transponder/aliro'
import { type CardCarrier, type CardEvent, type Carrier, TransponderError } from '@edgeward/transponder/carriers'
import type { HolderOptions, StandInService } from './stand-in-service.ts'

/** Reader and phone in one process; counts the milliseconds in which the phone has the word. */
export class TimedField implements Carrier, CardCarrier {
  readonly closed: Promise<void>
  phoneMs = 0
  /** Called after each answer of the phone. */
  onAnswer: () => void = () => undefined
  #askedMs = 0
  #command: Uint8Array | undefined
  #card: ((event: CardEvent) => void) | undefined
  #reader: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #resolveClosed: () => void = () => undefined
  #isClosed = false

  constructor() {
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(new TransponderError('carrier-closed', 'the phone has left'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#askedMs = performance.now()
      this.#command = command
      this.#give()
    })
  }

  next(): Promise<CardEvent> {
    return new Promise(resolve => {
      this.#card = resolve
      this.#give()
    })
  }

  answer(response: Uint8Array): void {
    this.phoneMs += performance.now() - this.#askedMs
    this.onAnswer()
    this.#reader?.resolve(response)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader?.reject(new TransponderError('carrier-closed', 'the phone has left'))
    this.#give()
    this.#resolveClosed()
  }

  #give(): void {
    const card = this.#card
    if (card === undefined) return
    if (this.#command !== undefined) {
      const bytes = this.#command
      this.#command = undefined
      this.#card = undefined
      card({ type: 'command', bytes })
    } else if (this.#isClosed) {
      this.#card = undefined
      card({ type: 'closed' })
    }
  }
}

export class BenchPhone {
  readonly publicKey: Uint8Array
  readonly #store: KeyStore
  readonly #key: KeyHandle
  readonly #clock: Clock
  readonly #random = new SystemRandom()
  #setup: DeviceSetup | undefined

  private constructor(store: KeyStore, key: KeyHandle, clock: Clock) {
    if (key.publicKey === undefined) throw new Error('a key without a public half')
    this.publicKey = key.publicKey
    this.#store = store
    this.#key = key
    this.#clock = clock
  }

  static async create(clock: Clock): Promise<BenchPhone> {
    const store = await createMemoryKeyStore()
    const purpose = 'wallet-credential'
    const keyId = keyIdOf({ site: new Uint8Array(16), purpose })
    return new BenchPhone(store, await store.generate({ keyId, version: 1, purpose, algorithm: 'P-256' }), clock)
  }

  /** Takes its document. */
  async enrol(service: StandInService, holder: Omit<HolderOptions, 'phone'>): Promise<void> {
    const content = await service.document({ ...holder, phone: this.publicKey })
    const data = layOutMailbox([{ kind: 'credentialDocument', to: service.group, content }])
    const credential = { publicKey: this.publicKey, mailbox: { data, read: true, write: false } }
    const group = { groupIdentifier: service.readerGroupId, publicKey: service.readerGroupKey, credential }
    this.#setup = { groups: [group] }
  }

  /** Stays in the field until the reader lets go. */
  hold(carrier: CardCarrier): Promise<void> {
    if (this.#setup === undefined) throw new Error('this phone has no document yet')
    const tools = {
      sign: (_: Uint8Array, data: Uint8Array): Promise<Uint8Array> => this.#store.sign(this.#key, data),
      ...{ random: this.#random, clock: this.#clock },
    }
    return runDevice(carrier, this.#setup, tools, () => undefined)
  }
}
