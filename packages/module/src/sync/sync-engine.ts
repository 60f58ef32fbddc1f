/**
 * Keeps service and module up to date with each other over whatever carries envelopes. It knows a link that takes and
 * brings bytes and timers that call back; nothing here waits for the network, and the tap knows nothing of it.
 */

import type { Random } from '@edgeward/base'
import type { Health, MapPayloads } from '@edgeward/keystore/seal'
import { faultPoint } from '#fault-points'
import type { ModuleClock } from '../clock/module-clock.ts'
import type { NonceKeeper } from '../clock/nonce-keeper.ts'
import { describeError, type Log } from '../log.ts'
import type { Policy } from '../policy/policy.ts'
import type { LinkAccount, LinkPort } from '../ports.ts'
import { nextBatch } from '../record/batch.ts'
import type { Journal } from '../record/journal.ts'
import { SerialQueue } from '../serial-queue.ts'
import type { Database } from '../store/database.ts'
import { listMarks } from '../store/marks.ts'
import { counter } from '../store/meta.ts'
import { freeRecords } from '../store/records.ts'
import { withinTime } from '../time-limit.ts'
import type { Timers } from '../timers.ts'
import { typeOf } from './codes.ts'
import type { Inbox, Received } from './inbox.ts'
import type { Sealer, UpType } from './sealer.ts'

/** A health at least so often while there is a link. */
export const healthIntervalMs: number = 60_000
/** Records of one tap leave together. */
const gatherMs = 50
/** Batches that may be under way at once. */
const mostUnanswered = 3
/** How long to wait for the acknowledgement of a batch; doubled at each try. */
const firstRetryMs = 10_000
const longestRetryMs = 300_000
/** Envelopes that wait to be opened; what is more is dropped and comes again. */
const maxWaiting = 64
/** How long a link may take to take an envelope. */
const sendLimitMs = 30_000

export interface SyncEngineOptions {
  readonly db: Database
  readonly link: LinkPort
  readonly inbox: Inbox
  readonly sealer: Sealer
  readonly journal: Journal
  readonly policy: Policy
  readonly clock: ModuleClock
  readonly nonces: NonceKeeper
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  /** Seconds since this module's start. */
  readonly uptime: () => number
}

export class SyncEngine {
  readonly #options: SyncEngineOptions
  readonly #work = new SerialQueue()
  /** Whoever waits for the link waits no longer than it lasts. */
  #linkLost: Promise<false> = Promise.resolve(false)
  #loseLink: () => void = noTimer
  #waiting = 0
  #first: Uint8Array | undefined
  #running = false
  #isUp = false
  /** Last record of each batch that waits for its acknowledgement, in order. */
  #unanswered: readonly number[] = []
  #retryMs = firstRetryMs
  #stopHealth: () => void = noTimer
  /** Undefined: nothing waits to be sent again. */
  #stopRetry: (() => void) | undefined
  #stopGathering: (() => void) | undefined

  constructor(options: SyncEngineOptions) {
    this.#options = options
  }

  /** `first` goes out before anything else, once there is a link. */
  start(account: LinkAccount, first?: Uint8Array): void {
    this.#running = true
    this.#first = first
    this.#options.link.start(
      { up: () => this.#up(), down: () => this.#down(), received: envelope => this.#received(envelope) },
      account,
    )
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#down()
    this.#stopGathering?.()
    await this.#options.link.stop()
    await this.#work.idle()
  }

  /** There are new records. Returns at once. */
  recordsChanged(): void {
    if (this.#stopGathering !== undefined || !this.#running) return
    this.#stopGathering = this.#options.timers.after(gatherMs, () => {
      this.#stopGathering = undefined
      this.#do('records', () => this.#sendRecords())
    })
  }

  /** Something that health tells has changed. Returns at once. */
  healthChanged(): void {
    this.#do('health', () => this.#sendHealth())
  }

  /** Resolves when everything that has come or was asked for so far is done. */
  idle(): Promise<void> {
    return this.#work.idle()
  }

  #up(): void {
    this.#loseLink()
    this.#isUp = true
    this.#linkLost = new Promise(resolve => {
      this.#loseLink = () => resolve(false)
    })
    this.#unanswered = []
    this.#retryMs = firstRetryMs
    this.#do('first', () => this.#sendFirst())
    this.#do('health', () => this.#sendHealth())
    this.#do('records', () => this.#sendRecords())
  }

  async #sendFirst(): Promise<void> {
    if (this.#first !== undefined && (await this.#hand(this.#first))) this.#first = undefined
  }

  #down(): void {
    this.#isUp = false
    this.#loseLink()
    this.#stopHealth()
    this.#endRetry()
  }

  #received(envelope: Uint8Array): void {
    if (this.#waiting >= maxWaiting || !this.#running) return
    this.#waiting += 1
    this.#do('envelope', async () => {
      this.#waiting -= 1
      await this.#answer(await this.#options.inbox.take(envelope))
    })
  }

  async #answer({ acknowledge, headsChanged, recordsUpTo }: Received): Promise<void> {
    if (acknowledge !== undefined) {
      await this.#send('acknowledgement', { acknowledged: [acknowledge], heads: this.#options.policy.heads })
    }
    if (headsChanged) await this.#sendHealth()
    if (recordsUpTo !== undefined) this.#acknowledged(recordsUpTo)
    await this.#sendRecords()
  }

  #acknowledged(upTo: number): void {
    const [first] = this.#unanswered
    // Less than was sent: the service misses something, and it goes out again from there.
    this.#unanswered = first === undefined || upTo < first ? [] : this.#unanswered.filter(last => last > upTo)
    this.#retryMs = firstRetryMs
    if (this.#unanswered.length > 0) this.#retryRecords()
    else this.#endRetry()
    this.#options.log.info('records-acknowledged', { upTo })
  }

  async #sendHealth(): Promise<void> {
    const { timers } = this.#options
    if (!this.#isUp) return
    this.#stopHealth()
    this.#stopHealth = timers.after(healthIntervalMs, () => this.#do('health', () => this.#sendHealth()))
    await this.#send('health', this.#health())
  }

  #health(): Omit<Health, 'evidence'> {
    const { db, clock, policy, uptime, nonces, random } = this.#options
    const { at, quality } = clock.look()
    const marks = [...listMarks(db)].flatMap(([number, { version, sequence }]) => {
      const type = typeOf(number)
      return type === undefined ? [] : [[type, { version, sequence }] as const]
    })
    return {
      time: at,
      clockQuality: quality,
      uptime: uptime(),
      heads: policy.heads,
      freeRecords: freeRecords(db),
      ...(marks.length > 0 ? { highest: new Map(marks) } : {}),
      ...(clock.wantsTime ? { nonce: nonces.ask(random) } : {}),
    }
  }

  /**
   * One batch at a time; the next one goes when the service has this one, or after a while the same again. Where more
   * waits than fits into one, the next is on its way while the service takes in the one before.
   */
  async #sendRecords(): Promise<void> {
    const { db, journal } = this.#options
    while (this.#isUp && this.#unanswered.length < mostUnanswered) {
      const sentUpTo = this.#unanswered.at(-1) ?? 0
      // Whatever fails here, the key store or a link that does not take it, is tried again. Whoever calls often must not
      // put off what waits already.
      if (this.#stopRetry === undefined) this.#retryRecords()
      await journal.makeMacs()
      const batch = nextBatch(db, journal, Math.max(counter(db, 'lastAcknowledged'), sentUpTo) + 1)
      const isLast = batch === undefined || batch.last === counter(db, 'lastRecord')
      if (isLast && sentUpTo > 0) return
      if (batch === undefined) return this.#endRetry()
      if (!(await this.#send('audit-batch', batch))) return
      this.#unanswered = [...this.#unanswered, batch.last]
      this.#retryRecords()
    }
  }

  #retryRecords(): void {
    this.#endRetry()
    this.#stopRetry = this.#options.timers.after(this.#retryMs, () => {
      this.#stopRetry = undefined
      this.#unanswered = []
      this.#retryMs = Math.min(2 * this.#retryMs, longestRetryMs)
      this.#do('records', () => this.#sendRecords())
    })
  }

  #endRetry(): void {
    this.#stopRetry?.()
    this.#stopRetry = undefined
  }

  async #send<T extends UpType>(type: T, payload: Omit<MapPayloads[T], 'evidence'>): Promise<boolean> {
    const { sealer } = this.#options
    return this.#isUp && this.#hand(await sealer.seal(type, payload))
  }

  /** Whether the link took an envelope. One that never says is asked no longer than it lasts. */
  async #hand(envelope: Uint8Array): Promise<boolean> {
    const { link, timers, log } = this.#options
    faultPoint('envelope-sealed')
    try {
      return await Promise.race([
        withinTime(timers, sendLimitMs, 'the link', () => link.send(envelope)),
        this.#linkLost,
      ])
    } catch (error) {
      log.warn('link', describeError(error))
      return false
    }
  }

  /** In its turn; a failure is told and does not stop what comes after. */
  #do(what: string, work: () => Promise<void>): void {
    if (!this.#running) return
    this.#work.run(work).catch((error: unknown) => this.#options.log.warn(`sync-${what}`, describeError(error)))
  }
}

const noTimer = (): void => undefined
