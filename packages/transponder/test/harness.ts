/** A reader and a wallet that meet in memory, with keys made up from seeds. */
import { createPrivateKey, type KeyObject, sign as signWith } from 'node:crypto'
import { bytesEqual, type Random, SeededRandom, toBase64url, toHex } from '@edgeward/base'
import type { KeyHandle } from '@edgeward/keystore'
import { issueReaderCertificate } from '@edgeward/keystore/certificates'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import {
  type DeviceReport,
  type DeviceSetup,
  ephemeralKey,
  type ProvenSession,
  type ReaderResult,
  type ReaderSetup,
  readerStatus,
  runDevice,
  runReaderTransaction,
} from '../src/aliro/index.ts'
import { type CardCarrier, type CardEvent, type Carrier, type Timer, TransponderError } from '../src/carriers/index.ts'

export const now: number = Date.UTC(2026, 10, 24, 9, 30)
const dayMs = 86_400_000

/** A key pair with its signer. */
export interface TestKey {
  readonly publicKey: Uint8Array
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
}

export function testKey(seed: number): TestKey {
  const { privateKey, publicKey } = ephemeralKey(new SeededRandom(seed).bytes(32))
  const coordinate = (at: number) => toBase64url(publicKey.slice(at, at + 32))
  const jwk = { kty: 'EC', crv: 'P-256', d: toBase64url(privateKey), x: coordinate(1), y: coordinate(33) }
  const key: KeyObject = createPrivateKey({ key: jwk, format: 'jwk' })
  const sign = async (data: Uint8Array) => Uint8Array.from(signWith('sha256', data, { key, dsaEncoding: 'ieee-p1363' }))
  return { publicKey, sign }
}

/** A timer whose calls come when the test says so. */
export class ManualTimer implements Timer {
  readonly #calls = new Set<{ readonly delayMs: number; readonly call: () => void }>()

  after(delayMs: number, call: () => void): () => void {
    const entry = { delayMs, call }
    this.#calls.add(entry)
    return () => this.#calls.delete(entry)
  }

  /** Everything that waits for this long, or any time. */
  fire(delayMs?: number): void {
    for (const entry of [...this.#calls]) {
      if (delayMs !== undefined && entry.delayMs !== delayMs) continue
      this.#calls.delete(entry)
      entry.call()
    }
  }

  get waiting(): number {
    return this.#calls.size
  }
}

/** Both ends of a link in memory. `tap` sees every APDU on its way and may change or swallow it. */
export class MemoryLink implements Carrier, CardCarrier {
  readonly closed: Promise<void>
  readonly transcript: { readonly from: 'reader' | 'device'; readonly bytes: Uint8Array }[] = []
  readonly #tap: (from: 'reader' | 'device', bytes: Uint8Array) => Uint8Array | undefined
  readonly #commands: CardEvent[] = []
  #waitingCard: ((event: CardEvent) => void) | undefined
  #waitingReader: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #resolveClosed: () => void = () => undefined
  #isClosed = false

  constructor(tap: (from: 'reader' | 'device', bytes: Uint8Array) => Uint8Array | undefined = (_, bytes) => bytes) {
    this.#tap = tap
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(new TransponderError('carrier-closed', 'gone'))
    this.transcript.push({ from: 'reader', bytes: command })
    return new Promise((resolve, reject) => {
      this.#waitingReader = { resolve, reject }
      const bytes = this.#tap('reader', command)
      if (bytes) this.#give({ type: 'command', bytes })
    })
  }

  next(): Promise<CardEvent> {
    const event = this.#commands.shift()
    if (event) return Promise.resolve(event)
    if (this.#isClosed) return Promise.resolve({ type: 'closed' })
    return new Promise(resolve => {
      this.#waitingCard = resolve
    })
  }

  answer(response: Uint8Array): void {
    this.transcript.push({ from: 'device', bytes: response })
    const bytes = this.#tap('device', response)
    if (bytes) this.#waitingReader?.resolve(bytes)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#waitingReader?.reject(new TransponderError('carrier-closed', 'gone'))
    this.#give({ type: 'closed' })
    this.#resolveClosed()
  }

  /** Everything that went over the air, as hex. */
  get hex(): string {
    return this.transcript.map(({ bytes }) => toHex(bytes)).join(' ')
  }

  #give(event: CardEvent): void {
    const waiting = this.#waitingCard
    this.#waitingCard = undefined
    if (waiting) waiting(event)
    else this.#commands.push(event)
  }
}

/** A site with one reader that has a certificate, and one credential. */
export interface Site {
  readonly group: KeyHandle
  readonly groupPublicKey: Uint8Array
  readonly readerKey: TestKey
  readonly credential: TestKey
  readonly reader: ReaderSetup
  readonly device: DeviceSetup
  /** A certificate of this group for another key or time. */
  certify(subject: Uint8Array, notAfter?: number): Promise<Uint8Array>
}

export const mailboxData: Uint8Array = Uint8Array.from({ length: 2_048 }, (_, i) => (i * 7) & 0xff)

export async function makeSite(seed: number): Promise<Site> {
  const store = await createMemoryKeyStore(new SeededRandom(seed))
  const group = await store.generate({ keyId: '00'.repeat(8), version: 1, purpose: 'reader-group', algorithm: 'P-256' })
  const groupPublicKey = group.publicKey ?? new Uint8Array(0)
  const readerKey = testKey(seed + 1)
  const credential = testKey(seed + 2)
  const random = new SeededRandom(seed + 3)
  const groupIdentifier = random.bytes(16)
  const certify = (subjectPublicKey: Uint8Array, notAfter: number = now + dayMs) =>
    issueReaderCertificate(store, group, {
      subjectPublicKey,
      serial: Uint8Array.of(1 + (seed % 100), 1),
      subject: 'reader',
      issuer: 'site',
      notBefore: now - 30 * dayMs,
      notAfter,
    })
  return {
    group,
    groupPublicKey,
    readerKey,
    credential,
    certify,
    reader: {
      groupIdentifier,
      subIdentifier: random.bytes(16),
      groupPublicKey,
      certificate: await certify(readerKey.publicKey),
    },
    device: {
      groups: [
        {
          groupIdentifier,
          publicKey: groupPublicKey,
          credential: { publicKey: credential.publicKey, mailbox: { data: mailboxData, read: true, write: true } },
        },
      ],
    },
  }
}

/** What a tap brought, on both sides. */
export interface Tap {
  readonly result: ReaderResult
  readonly reports: readonly DeviceReport[]
  readonly link: MemoryLink
}

export interface TapOptions {
  readonly link?: MemoryLink
  readonly reader?: Partial<ReaderSetup>
  readonly device?: Partial<DeviceSetup>
  readonly readerKey?: TestKey
  readonly decide?: (session: ProvenSession) => Promise<void>
  readonly random?: Random
  readonly timer?: Timer
}

/** The reader of a site meets its phone. */
export async function tap(site: Site, options: TapOptions = {}): Promise<Tap> {
  const link = options.link ?? new MemoryLink()
  const reports: DeviceReport[] = []
  const random = options.random ?? new SeededRandom(99)
  const device = runDevice(
    link,
    { ...site.device, ...options.device },
    {
      sign: async (publicKey, data) => {
        if (!bytesEqual(publicKey, site.credential.publicKey)) throw new Error('a credential that is not here')
        return await site.credential.sign(data)
      },
      random,
      clock: { now: () => now },
    },
    report => reports.push(report),
  )
  const result = await runReaderTransaction(
    link,
    { ...site.reader, ...options.reader },
    { sign: (options.readerKey ?? site.readerKey).sign, random, timer: options.timer ?? new ManualTimer() },
    options.decide ?? (session => session.finish(readerStatus.good)),
  )
  link.close()
  await device
  return { result, reports, link }
}
