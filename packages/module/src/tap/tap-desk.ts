/**
 * The path of a tap: authenticate, read, decide, record, actuate. What happens between the tap and the decision needs no
 * network, and nothing in this folder can reach one.
 *
 * Decisions come one after the other, however many readers are used at once. State, record and order are durable in one
 * commit before the actuator is told; whatever goes wrong on the way is a denial (T25).
 */

import { fromHex, type Random, utf8 } from '@edgeward/base'
import {
  type AuditRecord,
  chargePinTry,
  decisionIdBytes,
  decisionIdOf,
  formatObligation,
  formatReason,
  type Reason,
  type ShownFactors,
  type State,
  type Step,
  step,
  type TapEvent,
  type World,
  withSurroundings,
} from '@edgeward/domain'
import type { KeyStore } from '@edgeward/keystore'
import { type ReaderResult, readerStatus, runReaderTransaction } from '@edgeward/transponder/aliro'
import { faultPoint } from '#fault-points'
import type { ClockReading, ModuleClock } from '../clock/module-clock.ts'
import { describeError, type Log } from '../log.ts'
import { claimsOfHolder } from '../policy/holder-claims.ts'
import type { Policy } from '../policy/policy.ts'
import type { ReaderPlace } from '../policy/readers.ts'
import type { ActuatorOrder, Display, ModulePorts, Selection } from '../ports.ts'
import type { Journal } from '../record/journal.ts'
import { commitTo, type Personal } from '../record/openings.ts'
import type { SerialQueue } from '../serial-queue.ts'
import type { Database } from '../store/database.ts'
import { counter, setCounter } from '../store/meta.ts'
import { insertOrder, openOrders } from '../store/orders.ts'
import { type Patience, stillWaiting, withinTime } from '../time-limit.ts'
import type { Timers } from '../timers.ts'
import { displayOf, pausedDisplay, withActuatorFailed } from './display.ts'
import { heardContacts, heardContext, heardPosition } from './heard.ts'
import type { OutcomeDesk } from './outcome-desk.ts'
import { mindingPending } from './pending.ts'
import { checkPin } from './pin.ts'
import { type Presented, type PresentedOptions, readPresented } from './presented.ts'
import type { Unproven } from './unproven.ts'

/** A decision that takes longer is none: something hangs. */
export const decisionLimitMs: number = 2_000
/** How long an actuator may take to take an order. */
export const actuatorLimitMs: number = 2_000

/** Records for which there must be room behind a decision: outcomes, and what else happens to a module. */
export const leftForOutcomes: number = 100

/** A transponder in the field, as `runReaderTransaction` takes it. */
export type TapCarrier = Parameters<typeof runReaderTransaction>[0]

/** Who the readers of this module are towards transponders. aliro.md §1 */
export interface ReaderIdentity {
  readonly groupIdentifier: Uint8Array
  readonly subIdentifier: Uint8Array
  readonly groupPublicKey: Uint8Array
  readonly certificate: Uint8Array
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
}

export interface TapDeskOptions {
  readonly db: Database
  readonly ports: ModulePorts
  readonly clock: ModuleClock
  readonly journal: Journal
  readonly policy: Policy
  /** One decision at a time; whoever else changes the state stands in the same queue. */
  readonly decisions: SerialQueue
  readonly outcomes: OutcomeDesk
  readonly keyStore: KeyStore
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  readonly identity: ReaderIdentity
  readonly presented: PresentedOptions
  /** 16 bytes. */
  readonly site: Uint8Array
  readonly timeZone: string
  /** A record was made: send it when there is a network. Returns at once. */
  readonly onRecord: () => void
  /** Throws while nothing may be permitted, because the disk could not keep it. */
  readonly mustHaveRoom: () => void
  readonly unproven: Unproven
}

/** What came of a tap. */
export interface TapResult {
  readonly display: Display
  /** Undefined: the disk took no record, or there was no decision. */
  readonly record?: AuditRecord
  readonly recordNumber?: number
  /** What the actuator reports first, for a permit. */
  readonly outcome?: Promise<string>
  /** Why there was no decision: the transponder left too early. */
  readonly torn?: boolean
}

/** What was chosen, and who came: the question of one decision. */
interface Attempt {
  readonly place: Selection
  readonly decisionId: string
  readonly presented: Presented
}

interface Decided extends TapResult {
  readonly order?: ActuatorOrder
}

export class TapDesk {
  readonly #options: TapDeskOptions

  constructor(options: TapDeskOptions) {
    this.#options = options
  }

  /** Takes one transponder at a reader from its arrival to the display. Never rejects; closes the carrier. */
  async tap(reader: ReaderPlace, carrier: TapCarrier): Promise<TapResult> {
    const { log, ports } = this.#options
    let result: TapResult
    try {
      result = this.#turnedAway(reader) ?? (await this.#transaction(reader, carrier))
    } catch (error) {
      log.warn('tap', describeError(error))
      result = await this.#internalError(placeOf(reader, undefined), error)
    } finally {
      carrier.close()
    }
    try {
      // A panel that is told in its own time must not end the process when it fails.
      const shown: unknown = ports.panel.show(reader.reader, result.display)
      if (shown instanceof Promise) shown.catch((error: unknown) => log.warn('panel', describeError(error)))
    } catch (error) {
      log.warn('panel', describeError(error))
    }
    return result
  }

  /** What is shown while a reader rests after many failed proofs. */
  #turnedAway({ reader }: ReaderPlace): TapResult | undefined {
    const { ports, random, unproven } = this.#options
    if (!unproven.turnsAway(reader)) return undefined
    ports.panel.take(reader)
    return { display: pausedDisplay(decisionIdOf(random.bytes(decisionIdBytes))) }
  }

  async #transaction(reader: ReaderPlace, carrier: TapCarrier): Promise<TapResult> {
    const { ports, identity, random, timers, presented, unproven, log } = this.#options
    faultPoint('tap-begun')
    const place = placeOf(reader, ports.panel.take(reader.reader))
    const decisionId = decisionIdOf(random.bytes(decisionIdBytes))
    const within = <T>(work: () => Promise<T>): Promise<T> =>
      withinTime(timers, decisionLimitMs, 'the key store', () => work())
    let decided: TapResult | undefined
    try {
      const ended = await runReaderTransaction(
        carrier,
        identity,
        { sign: data => within(() => identity.sign(data)), random, timer: timers },
        async session => {
          faultPoint('phone-proven')
          const shown = await readPresented(session, presented, within)
          faultPoint('document-read')
          unproven.shown(reader.reader, shown.proof)
          decided = await this.#answer({ place, decisionId, presented: shown })
          await session.finish(statusOf(decided.display))
        },
      )
      return decided ?? (await this.#withoutDecision({ reader: reader.reader, place, decisionId, ended }))
    } catch (error) {
      log.warn('tap', describeError(error))
      // What was decided stays decided, whatever fails behind it.
      return decided ?? this.#internalError(place, error, decisionId)
    }
  }

  /** Decides, then moves what is to be moved. */
  async #answer(attempt: Attempt): Promise<TapResult> {
    const { decisions, timers, log } = this.#options
    let decided: Decided
    try {
      decided = await decisions.run(() =>
        withinTime(timers, decisionLimitMs, 'the decision', patience => this.#decide(attempt, patience)),
      )
    } catch (error) {
      log.warn('decision', describeError(error))
      return this.#internalError(attempt.place, error, attempt.decisionId)
    }
    const result = decided.order === undefined ? decided : await this.#actuate(decided, decided.order)
    this.#options.onRecord()
    return result
  }

  async #actuate({ display, ...decided }: Decided, order: ActuatorOrder): Promise<TapResult> {
    const { outcomes } = this.#options
    const outcome = outcomes.first(order.decisionId)
    const taken = await outcomes.give(order)
    return { ...decided, outcome, display: taken ? display : withActuatorFailed(display) }
  }

  async #decide(attempt: Attempt, patience: Patience): Promise<Decided> {
    const { policy, clock, mustHaveRoom } = this.#options
    if (attempt.presented.proof === 'ok') mustHaveRoom()
    const now = clock.look()
    policy.endDue(now.at)
    const { world } = policy
    if (world === undefined)
      return this.#store(attempt, now, { decision: denied('not-commissioned'), state: policy.state })
    const before = policy.state
    const factors = await this.#factors(attempt, world, now)
    stillWaiting(patience)
    const surrounded = this.#surrounded(before, now)
    const event = this.#event(attempt, now, factors)
    const decided = mindingPending({ world, before: surrounded, event, decided: step(world, surrounded, event) })
    return this.#store(attempt, now, decided, { world, event })
  }

  /** What was typed and felt. A PIN's try is on the disk before anything is compared. */
  async #factors({ place, presented }: Attempt, world: World, now: ClockReading): Promise<ShownFactors> {
    const { policy, keyStore, site } = this.#options
    const { pin, phoneBiometric, readerBiometric } = place
    const biometrics = {
      ...(phoneBiometric === undefined ? {} : { 'phone-biometric': phoneBiometric }),
      ...(readerBiometric === undefined ? {} : { 'reader-biometric': readerBiometric }),
    }
    if (pin === undefined || presented.proof === 'bad') return biometrics
    const { claims } = presented
    const state = chargePinTry(world.site, policy.state, claimsOfHolder(claims).credential, now.at)
    faultPoint('pin-try-due')
    policy.commit({ state }, () => undefined)
    faultPoint('pin-try-committed')
    const pinResult = await checkPin({ keyStore, site, claims, pin })
    faultPoint('pin-compared')
    return { ...biometrics, pin: pinResult }
  }

  #surrounded(state: State, { at }: ClockReading): State {
    const { contacts, context } = this.#options.ports
    const doors = heardContacts(contacts.snapshot())
    return withSurroundings(state, { context: heardContext(context.snapshot(), at), doors })
  }

  #event({ place, decisionId, presented }: Attempt, now: ClockReading, factors: ShownFactors): TapEvent {
    const { ports } = this.#options
    const position =
      presented.proof === 'ok' ? heardPosition(ports.position.latest(presented.thumbprint), now.at) : undefined
    return {
      type: 'tap',
      id: decisionId,
      at: now.at,
      clock: now.trusted ? 'trusted' : 'untrusted',
      asset: place.asset,
      side: place.side,
      function: place.function,
      proof: presented.proof,
      factors,
      offline: ports.link.state !== 'up',
      ...(presented.proof === 'ok' ? { claims: claimsOfHolder(presented.claims) } : {}),
      ...(position === undefined ? {} : { position }),
    }
  }

  /** One commit: the new state, the record, the order, the clock. */
  #store(
    attempt: Attempt,
    now: ClockReading,
    { decision = denied('internal-error'), state }: Step,
    asked?: Asked,
  ): Decided {
    const { policy, journal, clock, db, random, timeZone, unproven, mustHaveRoom } = this.#options
    const { place, decisionId, presented } = attempt
    const obligations = decision.obligations.map(formatObligation)
    const [reason = internalError] = decision.reasons
    const display = displayOf({ decision: decision.decision, reason, decisionId, timeZone })
    if (presented.proof === 'bad' && decision.decision === 'deny' && !unproven.admits(now.at)) return { display }
    const { commitments, openings } = commitTo(personalOf(attempt, decision, asked), random)
    const record: AuditRecord = {
      ...this.#head(place, decisionId, now),
      decision: decision.decision,
      reasons: decision.reasons.map(formatReason),
      obligations,
      ...(decision.by === undefined ? {} : { by: decision.by }),
      ...(asked === undefined ? {} : { factors: shownFactors(asked.event.factors) }),
      ...(presented.proof === 'ok' ? { documentEpoch: presented.claims.epoch } : {}),
      trace: [...decision.trace, ...(presented.proof === 'bad' ? this.#refusalTrace(presented.because) : [])],
      ...commitments,
    }
    const order = decision.decision === 'permit' ? orderOf(place, decisionId, obligations) : undefined
    faultPoint('decided')
    const recordNumber = policy.commit({ state }, () => {
      clock.persist()
      if (presented.proof === 'ok') this.#noticeEpoch(presented.claims.epoch)
      if (order !== undefined) mustHaveRoom()
      if (order !== undefined) insertOrder(db, { decisionId, phase: 'given', json: JSON.stringify(order) })
      const leave = leftForOutcomes + openOrders(db)
      const number = journal.append(record, openings, { counts: this.#counts(place, asked), leave })
      faultPoint('decision-written')
      return number
    })
    faultPoint('decision-committed')
    return { display, record, recordNumber, ...(order === undefined ? {} : { order }) }
  }

  /** Why the proof was bad, and how many like it had no record. */
  #refusalTrace(because: string): AuditRecord['trace'] & object {
    const dropped = this.#options.unproven.takeDropped()
    return [
      { what: 'proof', value: because },
      ...(dropped > 0 ? [{ what: 'not recorded', value: String(dropped) }] : []),
    ]
  }

  /** R4: records at criticality 3 and 4 and PIN failures advance the evidence counter. */
  #counts({ asset }: Selection, asked: Asked | undefined): boolean {
    const level = asked?.world.site.assets[asset]?.criticality
    return (level !== undefined && level >= 3) || asked?.event.factors?.pin === 'wrong'
  }

  /** R6: whoever carries a higher epoch than the bundle's tells that this module is behind. */
  #noticeEpoch(epoch: number): void {
    const { db } = this.#options
    if (epoch > counter(db, 'highestEpochSeen')) setCounter(db, 'highestEpochSeen', epoch)
  }

  #head(place: Selection, decisionId: string, now: ClockReading): AuditRecord {
    const { policy, ports } = this.#options
    const { bundle, heads } = policy
    return {
      kind: 'decision',
      at: now.at,
      clockQuality: now.quality,
      simulated: ports.simulated,
      decisionId,
      asset: place.asset,
      side: place.side,
      function: place.function,
      ...(bundle === undefined
        ? {}
        : { bundleVersion: bundle.version, epoch: bundle.epoch, siteDigest: bundle.siteDigest }),
      ...(heads.revocations === undefined ? {} : { revocationVersion: heads.revocations }),
    }
  }

  /** The transaction ended before there was something to decide. */
  async #withoutDecision(tap: {
    reader: string
    place: Selection
    decisionId: string
    ended: ReaderResult
  }): Promise<TapResult> {
    const { clock, unproven } = this.#options
    const { reader, place, decisionId, ended } = tap
    const error = ended.outcome === 'failed' ? ended.error : 'reader-failed'
    if (error === 'carrier-lost' || error === 'timeout') {
      unproven.torn(reader, error, clock.look().at)
      return { torn: true, display: this.#display(decisionId, badProof) }
    }
    if (error === 'reader-failed') return this.#internalError(place, new Error('the reader failed'), decisionId)
    unproven.shown(reader, 'bad')
    return this.#answer({
      place,
      decisionId,
      presented: { proof: 'bad', thumbprint: '', because: `transponder: ${error}` },
    })
  }

  /** A denial whatever happened; recorded if the disk allows. */
  async #internalError(place: Selection, cause: unknown, decisionId?: string): Promise<TapResult> {
    const { random, log, decisions } = this.#options
    const id = decisionId ?? decisionIdOf(random.bytes(decisionIdBytes))
    const display = this.#display(id, internalError)
    try {
      return await decisions.run(async () => this.#recordInternalError(place, cause, display))
    } catch (error) {
      log.warn('record', describeError(error))
      return { display }
    }
  }

  #recordInternalError(place: Selection, cause: unknown, display: Display): TapResult {
    const { db, clock, journal, onRecord } = this.#options
    const { error, code = '' } = describeError(cause)
    const record: AuditRecord = {
      ...this.#head(place, display.decisionId, lookOrFloor(clock)),
      decision: 'deny',
      reasons: [formatReason(internalError)],
      obligations: [],
      trace: [{ what: 'cause', value: `${error} ${code}`.trim() }],
    }
    // A denial takes no room from the end of what goes on.
    const recordNumber = db.transaction(() => journal.append(record, [], { leave: openOrders(db) }))
    onRecord()
    return { display, record, recordNumber }
  }

  #display(decisionId: string, reason: Reason): Display {
    return displayOf({ decision: 'deny', reason, decisionId, timeZone: this.#options.timeZone })
  }
}

/** The question as it was put to the rules. */
interface Asked {
  readonly world: World
  readonly event: TapEvent
}

/** A clock that fails must not take the record with it. */
function lookOrFloor(clock: ModuleClock): ClockReading {
  try {
    return clock.look()
  } catch {
    return { at: clock.floor, quality: 'untrusted', trusted: false, boundSeconds: 0 }
  }
}

const internalError: Reason = { code: 'internal-error' }
const badProof: Reason = { code: 'bad-proof' }

function denied(code: 'not-commissioned' | 'internal-error'): NonNullable<Step['decision']> {
  return { decision: 'deny', reasons: [{ code }], obligations: [], trace: [] }
}

function statusOf({ decision, family }: Display): number {
  if (decision === 'deny') return readerStatus.invalidAccessRights
  return family === 'ok' ? readerStatus.good : readerStatus.hardware
}

function placeOf(reader: ReaderPlace, selection: Selection | undefined): Selection {
  const { asset, side, function: name } = reader
  return selection ?? { asset, side, function: name }
}

function orderOf(
  { asset, side, function: name }: Selection,
  decisionId: string,
  obligations: readonly string[],
): ActuatorOrder {
  return { decisionId, asset, function: name, side, obligations }
}

/** For the record: a duress PIN stands as `ok`, the obligation tells. */
function shownFactors(factors: ShownFactors = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(factors).map(([name, value]) => [name, value === 'duress' ? 'ok' : String(value)]),
  )
}

/** What the record commits to. A position only where a rule asked for it. */
function personalOf(
  { presented }: Attempt,
  decision: NonNullable<Step['decision']>,
  asked: Asked | undefined,
): Personal {
  if (presented.proof === 'bad') return {}
  const logsPosition = decision.obligations.some(({ kind }) => kind === 'log-position')
  const position = logsPosition ? asked?.event.position : undefined
  return {
    credential: presented.claims.credential,
    person: presented.claims.person,
    ...(decision.with === undefined ? {} : { with: fromHex(decision.with) }),
    ...(position === undefined ? {} : { position: utf8(JSON.stringify(position)) }),
  }
}
