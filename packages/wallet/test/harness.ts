/** A service, a site's reader and a phone, in one process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  concat,
  fromBase64url,
  type Random,
  SeededRandom,
  SimulatedClock,
  toBase64url,
  toHex,
  utf8,
} from '@edgeward/base'
import { type KeyHandle, type KeyStore, verifyEs256 } from '@edgeward/keystore'
import { issueReaderCertificate } from '@edgeward/keystore/certificates'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import {
  ApiError,
  type ChallengeRequest,
  type DocumentsRequest,
  type Enrolled,
  type EnrolRequest,
  operations,
  type WalletDocument,
} from '@edgeward/service/api'
import {
  type ProvenSession,
  type ReaderResult,
  type ReaderSetup,
  runReaderTransaction,
} from '@edgeward/transponder/aliro'
import { type Carrier, listenVpcd, systemTimer } from '@edgeward/transponder/carriers'
import { openWallet, type Wallet, type WalletApi } from '../src/index.ts'

export const now: number = Date.UTC(2026, 10, 24, 9, 30)
const dayMs = 86_400_000

/** Things to be closed or removed when a test is over. */
const cleanUp: (() => Promise<unknown> | unknown)[] = []
export async function cleanUpAll(): Promise<void> {
  for (const step of cleanUp.splice(0).reverse()) await step()
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wallet-'))
  cleanUp.push(() => rm(folder, { recursive: true }))
  return folder
}

/** A site with its group key and one reader. */
export interface Site {
  readonly name: string
  readonly reader: ReaderSetup
  readonly readerKey: KeyHandle
  readonly keyStore: KeyStore
  certify(notAfter: number): Promise<Uint8Array>
}

export async function makeSite(name: string, seed: number): Promise<Site> {
  const keyStore = await createMemoryKeyStore(new SeededRandom(seed))
  const random = new SeededRandom(seed)
  const key = (keyId: string, purpose: 'reader-group' | 'reader-identity') =>
    keyStore.generate({ keyId, version: 1, purpose, algorithm: 'P-256' })
  const group = await key('00'.repeat(8), 'reader-group')
  const readerKey = await key('01'.repeat(8), 'reader-identity')
  const certify = (notAfter: number) =>
    issueReaderCertificate(keyStore, group, {
      subjectPublicKey: publicKeyOf(readerKey),
      serial: Uint8Array.of(5),
      subject: 'gate',
      issuer: name,
      notBefore: now - 30 * dayMs,
      notAfter,
    })
  const reader: ReaderSetup = {
    groupIdentifier: random.bytes(16),
    subIdentifier: random.bytes(16),
    groupPublicKey: publicKeyOf(group),
    certificate: await certify(now + 14 * dayMs),
  }
  return { name, reader, readerKey, keyStore, certify }
}

function publicKeyOf({ publicKey }: KeyHandle): Uint8Array {
  if (!publicKey) throw new Error('a key without public half')
  return publicKey
}

/** A service that knows one invitation code for each credential name. */
export class FakeService implements WalletApi {
  readonly calls: string[] = []
  documents: readonly WalletDocument[]
  isAway = false
  refusal: string | undefined
  readonly #site: Site
  readonly #random: Random = new SeededRandom(77)
  readonly #keys = new Map<string, Uint8Array>()
  #challenge = new Uint8Array(0)

  constructor(site: Site, documents: readonly WalletDocument[] = [document(1)]) {
    this.#site = site
    this.documents = documents
  }

  async call<R>(operation: { readonly path: string; readonly response: unknown }, input: object): Promise<R> {
    this.calls.push(operation.path)
    if (this.isAway) throw Object.assign(new Error('nobody there'), { code: 'service-away' })
    if (this.refusal) throw new ApiError({ status: 403, code: this.refusal, message: 'no' })
    const answers: Readonly<Record<string, (input: never) => unknown>> = {
      [operations.enrol.path]: (request: EnrolRequest) => this.#enrol(request),
      [operations.walletChallenge.path]: (_: ChallengeRequest) => this.#newChallenge(),
      [operations.walletDocuments.path]: (request: DocumentsRequest) => this.#documents(request),
    }
    return (await answers[operation.path]?.(input as never)) as R
  }

  #enrol({ code, publicKey, proof }: EnrolRequest): Enrolled {
    const key = fromBase64url(publicKey)
    const signed = concat(utf8('edgeward/enrol/1\0'), utf8(code))
    if (!verifyEs256(key, signed, fromBase64url(proof)))
      throw new ApiError({ status: 403, code: 'proof', message: 'no' })
    const credential = toHex(this.#random.bytes(8))
    this.#keys.set(credential, key)
    const { reader, name } = this.#site
    return {
      credential,
      credentialName: code,
      person: 'Ada Example',
      site: {
        name,
        timeZone: 'Europe/Zurich',
        readerGroupId: toHex(reader.groupIdentifier),
        readerGroupKey: toBase64url(reader.groupPublicKey),
      },
      documents: this.documents,
    }
  }

  #newChallenge(): { challenge: string } {
    this.#challenge = Uint8Array.from(this.#random.bytes(32))
    return { challenge: toBase64url(this.#challenge) }
  }

  #documents({ credential, proof }: DocumentsRequest): { documents: readonly WalletDocument[] } {
    const signed = concat(utf8('edgeward/documents/1\0'), this.#challenge)
    const key = this.#keys.get(credential)
    if (key && verifyEs256(key, signed, fromBase64url(proof))) return { documents: this.documents }
    throw new ApiError({ status: 403, code: 'proof', message: 'no' })
  }
}

/** A document that is for this key group, with bytes to be recognised. */
export function document(group: number, length = 1_024): WalletDocument {
  return {
    keyGroup: toHex(new Uint8Array(8).fill(group)),
    envelope: toBase64url(new SeededRandom(500 + group).bytes(length)),
    notAfter: '2026-12-01T00:00:00Z',
  }
}

export interface PhoneOptions {
  readonly folder?: string
  readonly keyStore?: KeyStore
}

/** Opens a wallet; a new one unless a folder is given. */
export async function openPhone(api: WalletApi, options: PhoneOptions = {}): Promise<Wallet> {
  const wallet = await openWallet({
    folder: options.folder ?? (await newFolder()),
    keyStore: options.keyStore ?? (await createMemoryKeyStore(new SeededRandom(9))),
    api,
    clock: new SimulatedClock(now),
    random: new SeededRandom(10),
  })
  cleanUp.push(() => wallet.close())
  return wallet
}

/** A reader that takes one card after the other, and what it heard. */
export interface Reader {
  readonly port: number
  readonly results: readonly ReaderResult[]
  /** Every byte that cards answered, as hex. */
  readonly heard: readonly string[]
}

export async function openReader(
  site: Site,
  decide: (session: ProvenSession) => Promise<void>,
  setup: Partial<ReaderSetup> = {},
): Promise<Reader> {
  const results: ReaderResult[] = []
  const heard: string[] = []
  const tools = {
    sign: (data: Uint8Array) => site.keyStore.sign(site.readerKey, data),
    random: new SeededRandom(11),
    timer: systemTimer,
  }
  const take = async (card: Carrier): Promise<void> => {
    results.push(await runReaderTransaction(listening(card, heard), { ...site.reader, ...setup }, tools, decide))
    card.close()
  }
  const listener = await listenVpcd({ port: 0, timer: systemTimer, onCard: card => void take(card) })
  cleanUp.push(() => listener.close())
  return { port: listener.port, results, heard }
}

function listening(card: Carrier, heard: string[]): Carrier {
  return {
    closed: card.closed,
    close: () => card.close(),
    exchange: async command => {
      const answer = await card.exchange(command)
      heard.push(toHex(answer))
      return answer
    },
  }
}
