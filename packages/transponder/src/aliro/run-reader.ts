import type { Carrier } from '../carriers/carrier.ts'
import { TransponderError } from '../errors.ts'
import { encodeExchange, exchangeStatus, type MailboxOperation } from './exchange.ts'
import {
  idleReader,
  type ReaderEffect,
  type ReaderEvent,
  type ReaderState,
  readerEntropyBytes,
  stepReader,
} from './reader.ts'
import type { ProvenSession, ReaderResult, ReaderSetup, ReaderTools, TapLimits } from './reader-setup.ts'
import type { ReaderStatus } from './reader-status.ts'

/** Defaults for a contactless tap. threat-model.md §8, aliro.md §15, 23. */
export const tapLimits: TapLimits = { transactionMs: 2_000, answerMs: 600 }

/** What one command carries beside the heads around it; more goes out in several, as one atomic session. aliro.md §20. */
const maxWriteBytes = 4_000

/**
 * Runs one standard transaction with the transponder on a carrier: SELECT, AUTH0, LOAD CERT, AUTH1; then `decide` reads
 * what it needs and calls `finish` once. Resolves when the transaction is over, never rejects for what the device did;
 * if `decide` throws, the device is told a refusal and the error is passed on. A `decide` that never finishes is a
 * failure (`reader-failed`). Does not close the carrier, except when an answer is late.
 */
export async function runReaderTransaction(
  carrier: Carrier,
  setup: ReaderSetup,
  tools: ReaderTools,
  decide: (session: ProvenSession) => Promise<void>,
): Promise<ReaderResult> {
  const transaction = new ReaderTransaction(carrier, setup, tools)
  const session = await transaction.authenticate()
  if (!session) return transaction.result()
  try {
    await decide(session)
  } catch (error) {
    const ended = error instanceof TransponderError && error.code === 'transaction-ended'
    if (ended && transaction.isOver) return transaction.result()
    await transaction.drive({ type: 'abort', because: 'reader-failed' })
    throw error
  }
  await transaction.drive({ type: 'abort', because: 'reader-failed' })
  return transaction.result()
}

/** Does what the step function asks for, one event after the other. */
class ReaderTransaction {
  readonly #carrier: Carrier
  readonly #setup: ReaderSetup
  readonly #tools: ReaderTools
  readonly #limits: TapLimits
  readonly #stopClock: () => void
  #state: ReaderState = idleReader
  #result: ReaderResult | undefined
  #session: ProvenSession | undefined
  #exchanged: Extract<ReaderEffect, { type: 'exchanged' }> | undefined
  /** Ends the wait for an answer from outside. */
  #interrupt: ((because: 'timeout') => void) | undefined
  #late = false

  constructor(carrier: Carrier, setup: ReaderSetup, tools: ReaderTools) {
    this.#carrier = carrier
    this.#setup = setup
    this.#tools = tools
    this.#limits = tools.limits ?? tapLimits
    this.#stopClock = tools.timer.after(this.#limits.transactionMs, () => {
      this.#late = true
      this.#interrupt?.('timeout')
    })
  }

  get isOver(): boolean {
    return this.#result !== undefined
  }

  result(): ReaderResult {
    if (!this.#result) throw new TransponderError('transaction-ended', 'a transaction without result')
    return this.#result
  }

  async authenticate(): Promise<ProvenSession | undefined> {
    await this.drive({ type: 'start', entropy: this.#tools.random.bytes(readerEntropyBytes) })
    return this.#session
  }

  /** Runs until the step function waits for its caller, or the transaction is over. */
  async drive(first: ReaderEvent): Promise<void> {
    let event: ReaderEvent | undefined = first
    while (event) {
      const [state, effects]: readonly [ReaderState, readonly ReaderEffect[]] = stepReader(
        this.#setup,
        this.#state,
        event,
      )
      this.#state = state
      event = undefined
      for (const effect of effects) event = (await this.#perform(effect)) ?? event
    }
  }

  async #perform(effect: ReaderEffect): Promise<ReaderEvent | undefined> {
    switch (effect.type) {
      case 'send':
        return this.#late ? { type: 'abort', because: 'timeout' } : await this.#exchange(effect.bytes)
      case 'sign':
        return await this.#sign(effect.data)
      case 'persistent-key':
        this.#tools.onPersistentKey?.(effect.credentialPublicKey, effect.key)
        return undefined
      case 'proven':
        this.#session = this.#sessionOf(effect.credential)
        return undefined
      case 'exchanged':
        this.#exchanged = effect
        return undefined
      case 'ended':
        this.#stopClock()
        this.#result = effect.result
        return undefined
    }
  }

  /** The answer, or why none came. A late device is cut off: its answer must not meet the next command. */
  async #exchange(bytes: Uint8Array): Promise<ReaderEvent> {
    const late = new Promise<'timeout'>(resolve => {
      this.#interrupt = resolve
    })
    const stop = this.#tools.timer.after(this.#limits.answerMs, () => this.#interrupt?.('timeout'))
    try {
      const answer = await Promise.race([this.#carrier.exchange(bytes), late])
      if (answer !== 'timeout') return { type: 'answer', bytes: answer }
      this.#carrier.close()
      return { type: 'abort', because: 'timeout' }
    } catch (error) {
      if (error instanceof TransponderError) return { type: 'abort', because: 'carrier-lost' }
      throw error
    } finally {
      stop()
      this.#interrupt = undefined
    }
  }

  async #sign(data: Uint8Array): Promise<ReaderEvent> {
    try {
      return { type: 'signature', bytes: await this.#tools.sign(data) }
    } catch (error) {
      await this.drive({ type: 'abort', because: 'reader-failed' })
      throw error
    }
  }

  #sessionOf(credential: ProvenSession['credential']): ProvenSession {
    const mailbox = async (operation: MailboxOperation, more: boolean): Promise<readonly Uint8Array[]> => {
      const plaintext = encodeExchange({ mailbox: { more, operations: [operation] } })
      const { status, reads } = await this.#request({ type: 'exchange', plaintext, tolerant: true })
      if (status === exchangeStatus.good) return reads
      throw new TransponderError('mailbox-refused', `the mailbox answers ${status} to a ${operation.type}`)
    }
    return {
      credential,
      readMailbox: async (offset, length) => {
        const [data] = await mailbox({ type: 'read', offset, length }, false)
        return data as Uint8Array
      },
      writeMailbox: async (offset, data, more = false) => {
        for (let at = 0; at === 0 || at < data.length; at += maxWriteBytes) {
          const part = data.subarray(at, at + maxWriteBytes)
          const isLast = at + maxWriteBytes >= data.length
          await mailbox({ type: 'write', offset: offset + at, data: part }, more || !isLast)
        }
      },
      exchange: async plaintext => (await this.#request({ type: 'exchange', plaintext })).reads,
      finish: async (status: ReaderStatus) => {
        await this.#mustBeOpen()
        await this.drive({ type: 'finish', status })
      },
    }
  }

  async #request(
    event: Extract<ReaderEvent, { type: 'exchange' }>,
  ): Promise<{ status: number; reads: readonly Uint8Array[] }> {
    await this.#mustBeOpen()
    this.#exchanged = undefined
    await this.drive(event)
    return this.#exchanged ?? this.#ended()
  }

  /** A transaction that took too long grants nothing any more, whatever was decided. aliro.md §15, 23. */
  async #mustBeOpen(): Promise<void> {
    if (this.#late) await this.drive({ type: 'abort', because: 'timeout' })
    if (this.isOver) this.#ended()
  }

  #ended(): never {
    throw new TransponderError('transaction-ended', 'the transaction is over')
  }
}
