/**
 * From an order to its outcome. An order that is on the disk is given to the actuator once; what came of it is a record
 * of its own. After a crash in between nobody knows, nothing is repeated, and the record says `unknown` (T23).
 */

import { type AuditRecord, type OutcomeName, type State, step } from '@edgeward/domain'
import { faultPoint } from '#fault-points'
import type { ModuleClock } from '../clock/module-clock.ts'
import { describeError, type Log } from '../log.ts'
import type { Policy } from '../policy/policy.ts'
import type { ActuatorOrder, ActuatorPort, Outcome } from '../ports.ts'
import type { Journal } from '../record/journal.ts'
import type { SerialQueue } from '../serial-queue.ts'
import type { Database } from '../store/database.ts'
import { ordersInDoubt, readOrder, removeOrder, type StoredOrder, setOrderPhase } from '../store/orders.ts'
import { freeRecords } from '../store/records.ts'
import { withinTime } from '../time-limit.ts'
import type { Timers } from '../timers.ts'

export interface OutcomeDeskOptions {
  readonly db: Database
  readonly actuator: ActuatorPort
  readonly clock: ModuleClock
  readonly journal: Journal
  readonly policy: Policy
  readonly decisions: SerialQueue
  readonly timers: Timers
  readonly log: Log
  readonly simulated: boolean
  readonly actuatorLimitMs: number
  readonly onRecord: () => void
}

/** Orders whose outcome somebody wants to see; an actuator may never tell. */
const maxWaiting = 1_000

export class OutcomeDesk {
  readonly #options: OutcomeDeskOptions
  /** Who waits for the first outcome of an order. */
  readonly #waiting = new Map<string, (outcome: string) => void>()

  constructor(options: OutcomeDeskOptions) {
    this.#options = options
  }

  /** Gives the order to the actuator. Resolves with whether it has taken it; never rejects. */
  async give(order: ActuatorOrder): Promise<boolean> {
    const { actuator, timers, actuatorLimitMs, log } = this.#options
    const report = (outcome: Outcome): void => {
      this.#record(order, outcome).catch((error: unknown) => log.warn('outcome', describeError(error)))
    }
    try {
      await withinTime(timers, actuatorLimitMs, 'the actuator', () => actuator.act(order, report))
      return true
    } catch (error) {
      log.warn('actuator', describeError(error))
      await this.#record(order, 'actuator-failed').catch((failure: unknown) =>
        log.warn('outcome', describeError(failure)),
      )
      return false
    }
  }

  /** The first outcome of an order that is about to be given; for whoever shows it. */
  first(decisionId: string): Promise<string> {
    const [oldest] = this.#waiting.keys()
    if (this.#waiting.size >= maxWaiting && oldest !== undefined) this.#waiting.delete(oldest)
    return new Promise(resolve => this.#waiting.set(decisionId, resolve))
  }

  /** At start: orders of which a crash has hidden the outcome. */
  recover(): void {
    const { db, policy } = this.#options
    for (const stored of ordersInDoubt(db)) {
      // Without room for the record it stays in doubt until the next start.
      if (freeRecords(db) === 0) return
      policy.commit({}, () => this.#close(stored, orderOf(stored), 'unknown'))
    }
  }

  async #record(order: ActuatorOrder, outcome: Outcome): Promise<void> {
    const { decisions, onRecord } = this.#options
    faultPoint('outcome-told')
    await decisions.run(async () => this.#take(order, outcome))
    faultPoint('outcome-committed')
    onRecord()
    this.#waiting.get(order.decisionId)?.(outcome)
    this.#waiting.delete(order.decisionId)
  }

  #take(order: ActuatorOrder, outcome: Outcome): void {
    const { db, policy } = this.#options
    const stored = readOrder(db, order.decisionId)
    // What was closed stays closed: an actuator that speaks twice changes nothing.
    if (stored === undefined || (stored.phase === 'session') !== (outcome === 'session-ended')) return
    policy.commit({ state: this.#stateAfter(order, outcome) }, () => this.#close(stored, order, outcome))
  }

  #stateAfter({ decisionId }: ActuatorOrder, outcome: OutcomeName): State {
    const { policy, clock } = this.#options
    const { world, state } = policy
    if (world === undefined) return state
    const after = step(world, state, { type: 'outcome', at: clock.look().at, of: decisionId, outcome }).state
    // An order that is closed takes no outcome any more, so nothing of it need be written with every later tap.
    return outcome === 'session-started' ? after : withoutAttempt(after, decisionId)
  }

  /** Inside a transaction. */
  #close(stored: StoredOrder, order: ActuatorOrder, outcome: string): void {
    const { db, journal, clock, simulated } = this.#options
    const { decisionId, asset, side, function: name } = order
    const { at, quality } = clock.look()
    const record: AuditRecord = {
      kind: 'outcome',
      at,
      clockQuality: quality,
      simulated,
      decisionId,
      asset,
      side,
      function: name,
      outcome,
    }
    journal.append(record)
    if (outcome === 'session-started') setOrderPhase(db, stored.decisionId, 'session')
    else removeOrder(db, stored.decisionId)
    faultPoint('outcome-written')
  }
}

function withoutAttempt(state: State, decisionId: string): State {
  const { [decisionId]: closed, ...attempts } = state.attempts
  return closed === undefined ? state : { ...state, attempts }
}

function orderOf({ json }: StoredOrder): ActuatorOrder {
  return JSON.parse(json) as ActuatorOrder
}
