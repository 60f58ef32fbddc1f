/**
 * What the service sends, from bytes to effect: opened, compared with the mark, applied in one transaction together with
 * the mark, then acknowledged. What is refused changes nothing and is counted (T27, T28).
 */

import { type State, step } from '@edgeward/domain'
import { type KeyHandle, type KeyStore, KeyStoreError } from '@edgeward/keystore'
import {
  type AcknowledgedEnvelope,
  type Acknowledgement,
  acceptKeyPackage,
  advancesMark,
  EnvelopeRefused,
  type KeyPackage,
  type MarkToStore,
  type MessageType,
  type Opened,
  openEnvelope,
  type Receiver,
} from '@edgeward/keystore/seal'
import { faultPoint } from '#fault-points'
import type { ModuleClock } from '../clock/module-clock.ts'
import type { NonceKeeper } from '../clock/nonce-keeper.ts'
import { describeError, type Log } from '../log.ts'
import type { Policy } from '../policy/policy.ts'
import { eventRecord } from '../record/events.ts'
import type { Journal } from '../record/journal.ts'
import { RefusalWindow } from '../refusal-window.ts'
import type { SerialQueue } from '../serial-queue.ts'
import { commandResult } from '../store/commands.ts'
import type { Database } from '../store/database.ts'
import { readMark, writeMark } from '../store/marks.ts'
import { advance, counter, setCounter } from '../store/meta.ts'
import { openOrders } from '../store/orders.ts'
import { acknowledgeRecords, freeRecords } from '../store/records.ts'
import { TimeLimitError, withinTime } from '../time-limit.ts'
import type { Timers } from '../timers.ts'
import { autonomyOf, bundleEffect, graceSeconds } from './bundle.ts'
import { resultNumbers, resultOf, typeNumbers } from './codes.ts'
import { commandEffect } from './command.ts'
import { deltaEffect } from './delta.ts'
import { type Effect, nothing, refused } from './effect.ts'

/** How long the key store may take over a package of keys. */
const keyStoreLimitMs = 2_000

export interface InboxOptions {
  readonly db: Database
  readonly keyStore: KeyStore
  readonly receiver: Receiver
  readonly moduleId: string
  /** Key id of the module's `module-kek`. */
  readonly kekId: string
  readonly policy: Policy
  readonly decisions: SerialQueue
  readonly clock: ModuleClock
  readonly nonces: NonceKeeper
  readonly journal: Journal
  readonly timers: Timers
  readonly log: Log
  readonly simulated: boolean
}

/** What an envelope led to, for the sender of answers. */
export interface Received {
  readonly acknowledge?: AcknowledgedEnvelope
  /** Versions in force changed. */
  readonly headsChanged: boolean
  /** The service has records up to here. */
  readonly recordsUpTo?: number
}

const unanswered: Received = { headsChanged: false }

export class Inbox {
  readonly #options: InboxOptions
  readonly #refusals = new RefusalWindow()

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Takes one envelope. Rejects only when the key store or the disk fails in a way that an answer could not name. */
  async take(bytes: Uint8Array): Promise<Received> {
    const { keyStore, receiver, decisions } = this.#options
    let envelope: Opened
    try {
      // Its end is looked at below, where there is somebody to tell.
      envelope = await openEnvelope(keyStore, receiver, bytes, { now: 0 })
    } catch (error) {
      if (!(error instanceof EnvelopeRefused)) throw error
      await decisions.run(async () => this.#countRefusal(error.code))
      return unanswered
    }
    faultPoint('envelope-opened')
    return decisions.run(() => this.#takeOpened(envelope))
  }

  async #takeOpened(envelope: Opened): Promise<Received> {
    const { db, clock } = this.#options
    const { issued, notAfter } = envelope
    const mark = markOf(envelope)
    const stored = mark && readMark(db, mark.keyId, typeNumbers[mark.type])
    if (mark !== undefined && !advancesMark(stored, mark)) {
      if (stored?.version === mark.version && stored.sequence === mark.sequence && this.#tookEffect(envelope)) {
        return { headsChanged: false, acknowledge: answerTo(envelope, resultOf(stored.result)) }
      }
      return this.#refuse(envelope, 'stale')
    }
    if (notAfter !== null && clock.floor > notAfter) return this.#refuse(envelope, 'expired', 'expired')
    if (notAfter !== null && notAfter - issued > this.#longestSeconds) return this.#refuse(envelope, 'ends too late')
    return this.#apply(envelope, await this.#effectOf(envelope))
  }

  /** How long after it was made an envelope may last: the module's autonomy and some time to get here. */
  get #longestSeconds(): number {
    const { policy, moduleId } = this.#options
    return autonomyOf(policy.world, moduleId) + graceSeconds
  }

  /**
   * Whether an envelope under a number that took effect is the one that did. A service that was restored may use a
   * number again; it must not hear that what it sent now is in force. envelope.md §6
   */
  #tookEffect(envelope: Opened): boolean {
    const { db, policy, clock } = this.#options
    switch (envelope.type) {
      case 'policy-bundle': {
        const { version, epoch } = envelope.payload
        return policy.bundle?.version === version && policy.bundle.epoch === epoch
      }
      case 'revocation-delta':
        return envelope.payload.version <= counter(db, 'revocationVersion')
      case 'command':
        // Commands that are long over are forgotten.
        return commandResult(db, envelope.payload.id) !== undefined || envelope.payload.notAfter < clock.floor
      default:
        return true
    }
  }

  #apply(envelope: Opened, effect: Effect): Received {
    const { log } = this.#options
    if (effect.result !== 'done') return this.#refuse(envelope, effect.because, effect.result)
    faultPoint('effect-computed')
    try {
      this.#commit(envelope, effect)
      faultPoint('effect-committed')
    } catch (error) {
      log.warn('envelope', describeError(error))
      return { headsChanged: false, acknowledge: answerTo(envelope, 'storage') }
    }
    if (envelope.type === 'acknowledgement') return this.#acknowledged(envelope.payload)
    const headsChanged = effect.change !== undefined || envelope.type === 'key-package'
    return { headsChanged, acknowledge: answerTo(envelope, 'done') }
  }

  /** Effect, mark, floor, counter and record: all of it or nothing. */
  #commit(envelope: Opened, effect: Effect & { readonly result: 'done' }): void {
    const { db, policy, clock, journal, simulated } = this.#options
    const { issued } = envelope
    const mark = markOf(envelope)
    const state = this.#withContact(envelope, effect.change?.state ?? policy.state)
    policy.commit({ ...effect.change, state }, () => {
      effect.store?.()
      if (mark !== undefined) {
        const { version, sequence } = mark
        writeMark(db, mark.keyId, typeNumbers[mark.type], { version, sequence, result: resultNumbers.done })
      }
      if (envelope.mark !== undefined) advance(db, 'evidenceCounter')
      clock.raiseFloor(issued)
      clock.persist()
      if (effect.event !== undefined && freeRecords(db) > openOrders(db)) {
        const { event, detail } = effect
        const kind = event === 'clock-set' ? 'clock' : 'configuration'
        journal.append(eventRecord({ kind, now: clock.look(), simulated, event, ...(detail && { detail }) }))
      }
      faultPoint('effect-written')
    })
  }

  /**
   * site.md §7: the last contact is when the newest envelope was made with whose versions this module has caught up.
   * Carriers may be slow: its arrival says nothing.
   */
  #withContact(envelope: Opened, state: State): State {
    const { policy } = this.#options
    if (policy.world === undefined || !this.#hasCaughtUp(envelope)) return state
    if (state.lastContact !== undefined && envelope.issued <= state.lastContact) return state
    return step(policy.world, state, { type: 'contact', at: envelope.issued }).state
  }

  #hasCaughtUp(envelope: Opened): boolean {
    if (envelope.type === 'policy-bundle' || envelope.type === 'revocation-delta') return true
    if (envelope.type === 'command') return envelope.payload.verb === 'time'
    if (envelope.type !== 'acknowledgement') return false
    const { bundle = 0, revocations = 0 } = envelope.payload.heads ?? {}
    const mine = this.#options.policy.heads
    return bundle <= (mine.bundle ?? 0) && revocations <= (mine.revocations ?? 0)
  }

  async #effectOf(envelope: Opened): Promise<Effect> {
    const { db, policy, clock, moduleId, nonces } = this.#options
    const { at } = clock.look()
    switch (envelope.type) {
      case 'policy-bundle': {
        const { issued, payload, payloadBytes } = envelope
        return bundleEffect({ db, policy, moduleId, at, issued, payload, payloadBytes })
      }
      case 'revocation-delta':
        return deltaEffect(db, policy, at, envelope.payload)
      case 'key-package':
        return this.#keyEffect(envelope.payload, Number(envelope.sequence))
      case 'command':
        return commandEffect({ db, policy, clock, takeNonce: nonce => nonces.take(nonce) }, envelope.payload)
      case 'acknowledgement':
        return this.#acknowledgementEffect(envelope.issued, envelope.payload)
      default:
        return refused('type')
    }
  }

  /** Keys first, then the mark: after a crash in between the same package comes again and changes nothing. */
  async #keyEffect(payload: KeyPackage, version: number): Promise<Effect> {
    const { db, keyStore, kekId, timers } = this.#options
    const kek: KeyHandle | undefined = await keyStore.find(kekId)
    if (kek === undefined) return refused('module-kek', 'key-store')
    try {
      // Taps wait behind this: a key store that hangs must not hold them.
      const keys = await withinTime(timers, keyStoreLimitMs, 'the key store', () =>
        acceptKeyPackage(keyStore, kek, payload),
      )
      faultPoint('keys-taken')
      const names = keys.map(({ purpose, version: number }) => `${purpose} ${number}`).join(', ')
      return {
        result: 'done',
        store: () => setCounter(db, 'keyPackageVersion', version),
        event: 'keys-taken',
        detail: { keys: names },
      }
    } catch (error) {
      if (error instanceof EnvelopeRefused) return refused(error.code)
      if (error instanceof KeyStoreError || error instanceof TimeLimitError) return refused(error.code, 'key-store')
      throw error
    }
  }

  #acknowledgementEffect(issued: number, { acknowledged }: Acknowledgement): Effect {
    const { db } = this.#options
    const upTo = recordsUpTo(acknowledged)
    if (upTo === undefined) return nothing
    if (upTo > counter(db, 'lastRecord')) return refused('acknowledges records that do not exist')
    const newest = counter(db, 'acknowledgedAt')
    // An older one that comes late, or again, takes nothing back; of one second nobody knows which is the older.
    if (upTo < counter(db, 'lastAcknowledged') && issued <= newest) return nothing
    return {
      result: 'done',
      store() {
        acknowledgeRecords(db, upTo)
        setCounter(db, 'acknowledgedAt', Math.max(issued, newest))
      },
    }
  }

  #acknowledged({ acknowledged }: Acknowledgement): Received {
    const upTo = recordsUpTo(acknowledged)
    return upTo === undefined
      ? unanswered
      : { headsChanged: false, recordsUpTo: counter(this.#options.db, 'lastAcknowledged') }
  }

  #refuse(envelope: Opened, because: string, result: AcknowledgedEnvelope['result'] = 'refused'): Received {
    this.#countRefusal(because)
    // What a holder should have carried was not sent by the service: there is nobody who waits for an answer.
    return envelope.type === 'acknowledgement' || envelope.direction !== 'down'
      ? unanswered
      : { headsChanged: false, acknowledge: answerTo(envelope, result) }
  }

  /** Every refusal counts; some of a minute get a record of their own. */
  #countRefusal(reason: string): void {
    const { db, journal, clock, simulated, log } = this.#options
    const now = clock.look()
    log.warn('envelope-refused', { reason })
    db.transaction(() => {
      const total = advance(db, 'refusedEnvelopes')
      if (!this.#refusals.admits(now.at) || freeRecords(db) <= openOrders(db)) return
      const detail = { reason, total: String(total) }
      journal.append(eventRecord({ kind: 'module', now, simulated, event: 'envelope-refused', detail }))
    })
  }
}

/** The last record up to which the service has all, if this is about records. */
function recordsUpTo(acknowledged: readonly AcknowledgedEnvelope[]): number | undefined {
  const batches = acknowledged.filter(({ type, result }) => type === 'audit-batch' && result === 'done')
  return batches.length === 0 ? undefined : Math.max(...batches.map(({ version }) => version))
}

/**
 * The mark that an envelope has to pass and moves. Signed time has none: its nonce makes it good once, and whoever lets
 * it pass ahead of a lockdown must not make the lockdown look old (T29).
 */
function markOf(envelope: Opened): MarkToStore | undefined {
  return envelope.type === 'command' && envelope.payload.verb === 'time' ? undefined : envelope.mark
}

function answerTo(
  { type, keyVersion, sequence }: Opened,
  result: AcknowledgedEnvelope['result'],
): AcknowledgedEnvelope {
  return { type: type satisfies MessageType, version: keyVersion, sequence, result }
}
