import type { Clock, Random } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { systemTimer, type Timer } from '@edgeward/transponder/carriers'
import { type CredentialInfo, checkUsable, type HeldCredential, holdCredential, infoOf } from './credential.ts'
import { WalletError } from './errors.ts'
import { enrolCredential, fetchDocuments, outcomeOf, type RefreshOutcome } from './service-calls.ts'
import { type TapReport, tapAt } from './tap.ts'
import type { WalletApi } from './wallet-api.ts'
import { readWalletFile, writeWalletFile } from './wallet-file.ts'

/** Where a wallet lives and what it needs. */
export interface WalletOptions {
  /** A folder of its own; made if it is not there. */
  readonly folder: string
  /** Holds the credential keys. The wallet closes it. */
  readonly keyStore: KeyStore
  readonly api: WalletApi
  /** Tells whether a reader's certificate is in date. */
  readonly clock: Clock
  readonly random: Random
  /** Default: this machine's. */
  readonly timer?: Timer
}

/** A holder's phone without a screen. */
export interface Wallet {
  /** Display name of the holder; empty before the first enrolment. */
  readonly holder: string
  credentials(): readonly CredentialInfo[]
  /**
   * Takes over a credential with an invitation code, with a fresh key. Durable when it resolves. Rejects with the
   * service's ApiError, with `service-away`, or with a WalletError `bad-answer`.
   */
  enrol(code: string): Promise<CredentialInfo>
  /** Fetches fresh documents, if the service is there. What is stored stays where it is not. Never needed for a tap. */
  refresh(): Promise<readonly RefreshOutcome[]>
  /**
   * Holds the phone to the reader that listens on a port. `credential` (its id in the site file, or its pseudonym)
   * chooses one where several would fit; without it the first that is for the reader's site is shown. Rejects with a
   * WalletError `no-credential` or `unknown-credential`, and with `carrier-unreachable` when no reader is there.
   */
  tap(port: number, options?: { readonly credential?: string }): Promise<TapReport>
  close(): Promise<void>
}

/**
 * Opens the wallet of a folder, or makes an empty one. Throws a WalletError: `damaged`, `key-missing`, `key-differs`.
 *
 * @example
 * const wallet = await openWallet({ folder, keyStore, api, clock: new SystemClock(), random: new SystemRandom() })
 * await wallet.enrol('5XQF-…')
 * const { outcome } = await wallet.tap(35963)
 */
export async function openWallet(options: WalletOptions): Promise<Wallet> {
  const held: HeldCredential[] = []
  for (const stored of await readWalletFile(options.folder)) held.push(await holdCredential(options.keyStore, stored))
  return new FileWallet(options, held)
}

class FileWallet implements Wallet {
  readonly #options: WalletOptions
  #held: readonly HeldCredential[]

  constructor(options: WalletOptions, held: readonly HeldCredential[]) {
    this.#options = options
    this.#held = held
  }

  get holder(): string {
    return this.#held[0]?.stored.enrolled.person ?? ''
  }

  credentials(): readonly CredentialInfo[] {
    return this.#held.map(infoOf)
  }

  async enrol(code: string): Promise<CredentialInfo> {
    const { keyStore } = this.#options
    const stored = await enrolCredential(this.#options, code)
    const fresh = await holdCredential(keyStore, stored)
    // A credential that was enrolled here before has a new key now; the old one opens nothing any more.
    const isSame = ({ stored: { enrolled } }: HeldCredential) => enrolled.credential === stored.enrolled.credential
    const replaced = this.#held.filter(isSame)
    await this.#keep([...this.#held.filter(held => !isSame(held)), fresh])
    for (const { key } of replaced) await keyStore.destroy(key)
    return infoOf(fresh)
  }

  async refresh(): Promise<readonly RefreshOutcome[]> {
    const outcomes: RefreshOutcome[] = []
    for (const { name } of this.credentials()) {
      // Once nobody answered, the others are not waited for.
      const away = outcomes.some(({ outcome }) => outcome === 'service-away')
      outcomes.push(away ? { name, outcome: 'service-away' } : await this.#refreshOne(name))
    }
    return outcomes
  }

  async tap(port: number, options: { readonly credential?: string } = {}): Promise<TapReport> {
    const { keyStore, clock, random, timer = systemTimer } = this.#options
    return await tapAt(port, this.#chosen(options.credential), { keyStore, clock, random, timer })
  }

  async close(): Promise<void> {
    await this.#options.keyStore.close()
  }

  async #refreshOne(name: string): Promise<RefreshOutcome> {
    const [held] = this.#chosen(name)
    if (!held) throw new WalletError('unknown-credential', `no credential ${name} in this wallet`)
    try {
      const documents = await fetchDocuments(this.#options, held)
      // None for a credential that is blocked. The old ones stay until their end: with them a reader can say why it refuses.
      if (documents.length === 0) return { name, outcome: 'refused', because: 'no-documents' }
      const stored = checkUsable({ ...held.stored, enrolled: { ...held.stored.enrolled, documents } })
      await this.#keep(this.#held.map(other => (other === held ? { ...held, stored } : other)))
      return { name, outcome: 'fresh' }
    } catch (error) {
      return outcomeOf(name, error)
    }
  }

  #chosen(name: string | undefined): readonly HeldCredential[] {
    if (this.#held.length === 0) throw new WalletError('no-credential', 'this wallet holds no credential yet')
    if (name === undefined) return this.#held
    const found = this.#held.filter(
      ({ stored: { enrolled } }) => enrolled.credentialName === name || enrolled.credential === name,
    )
    if (found.length > 0) return found
    const names = this.credentials().map(({ name: known }) => known)
    throw new WalletError('unknown-credential', `no credential ${name} here; there is ${names.join(', ')}`)
  }

  async #keep(held: readonly HeldCredential[]): Promise<void> {
    await writeWalletFile(
      this.#options.folder,
      held.map(({ stored }) => stored),
    )
    this.#held = held
  }
}
