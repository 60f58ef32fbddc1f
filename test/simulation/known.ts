/** What one module has told to know, and what its clock may be off: the facts that the invariants hold it to. */

import { toHex } from '@edgeward/base'
import type { AcknowledgedEnvelope } from '@edgeward/keystore/seal'
import type { ServiceKeys } from './service/service-keys.ts'
import type { Sent } from './service/service-model.ts'
import type { Truth } from './service/truth.ts'

export interface Alarm {
  readonly verb: 'lockdown' | 'evacuation'
  /** JSON of the target. */
  readonly on: string
  /** Seconds; it ends by itself then. */
  readonly notAfter: number
}

/** How far unsigned clocks may move (R5), and what a look of a minute ago may be late. */
const slackSeconds = 300 + 90
const longestGapSeconds = 12 * 3_600

export class Known {
  readonly #truth: Truth
  readonly #keys: ServiceKeys
  /** Acknowledged by the module, all of it "done". */
  bundle = 0
  epoch = 0
  revocations = 0
  keyPackage = 0
  /** Newest instant of any envelope that took effect: below it the module's time cannot be. */
  floor = 0
  /** Newest instant of any envelope that came whole. */
  newestContact = 0
  /** Credential references (hex) that are out for good. */
  readonly revoked = new Set<string>()
  /** Credential reference to the end of the suspension. */
  readonly suspended = new Map<string, number>()
  alarms: Alarm[] = []
  /** Seconds by which its time may lag, and lead, beyond what is always allowed. */
  lag = 0
  lead = 0
  #pending: (() => void)[] = []
  /** Newest revocations that came whole, acknowledged or not. */
  #newestWords = 0
  /** What was lifted, by the number of the newest command that did. */
  readonly #lifted = new Map<string, number>()

  constructor(truth: Truth, keys: ServiceKeys) {
    this.#truth = truth
    this.#keys = keys
  }

  /** Its clock was good once since it came to the site; before, nobody has told it the time. */
  hasTime = false

  get mostLag(): number {
    return this.lag + slackSeconds
  }

  get mostLead(): number {
    return this.hasTime ? this.lead + slackSeconds : Number.POSITIVE_INFINITY
  }

  /** The module said so to the network. It counts from the next step on. */
  acknowledged({ result }: AcknowledgedEnvelope, sent: Sent): void {
    if (result === 'done') this.#pending.push(() => this.#learn(sent))
  }

  /** An envelope came whole: what it loosens may be in force at once, whether or not it is acknowledged. */
  delivered({ type, issued, version, command }: Sent): void {
    this.newestContact = Math.max(this.newestContact, issued)
    if (type === 'revocation-delta' || type === 'policy-bundle') {
      const upTo = type === 'policy-bundle' ? (this.#truth.bundles[version - 1]?.revocationVersion ?? 0) : version
      this.#newestWords = Math.max(this.#newestWords, upTo)
      for (const { credential, action } of this.#truth.wordsSince(0, upTo))
        if (action !== 'suspend') this.suspended.delete(this.#reference(credential))
    }
    if (command?.arguments.active !== false) return
    const on = JSON.stringify(command.arguments.on)
    this.#lift(command.verb, on)
    const name = `${command.verb} ${on}`
    this.#lifted.set(name, Math.max(command.number, this.#lifted.get(name) ?? 0))
  }

  /** After a step: what was learnt in it counts. */
  settle(): void {
    for (const learn of this.#pending.splice(0)) learn()
  }

  /** The module's own time at some moment. What has ended by it does not begin again when its clock is put back. */
  timeWas(at: number): void {
    this.alarms = this.alarms.filter(({ notAfter }) => notAfter > at)
    for (const [credential, until] of this.suspended) if (until <= at) this.suspended.delete(credential)
  }

  /** The module's own time at the end of a step. */
  believes(at: number, now: number, isTrusted: boolean): void {
    this.hasTime ||= isTrusted
    this.timeWas(at)
    if (Math.abs(at - now) <= 3) {
      this.lag = 0
      this.lead = 0
    }
  }

  /** It was off so long, and its clock was put forward meanwhile by so much. */
  wasOff(seconds: number, putForward: number): void {
    this.lag += seconds
    const gap = seconds + putForward
    if (putForward > 0 && gap <= longestGapSeconds + slackSeconds) this.lead += putForward
  }

  #learn({ type, issued, version, command, time }: Sent): void {
    this.floor = Math.max(this.floor, issued, time ?? 0)
    if (type === 'policy-bundle') this.#learnBundle(version)
    if (type === 'revocation-delta') {
      this.revocations = Math.max(this.revocations, version)
      this.#learnWords(version)
    }
    if (type === 'key-package') this.keyPackage = Math.max(this.keyPackage, version)
    if (command === undefined || (command.verb !== 'lockdown' && command.verb !== 'evacuation')) return
    const on = JSON.stringify(command.arguments.on)
    const wasLifted = (this.#lifted.get(`${command.verb} ${on}`) ?? 0) > command.number
    if (command.arguments.active === true && !wasLifted) {
      this.#lift(command.verb, on)
      this.alarms.push({ verb: command.verb, on, notAfter: command.notAfter })
    }
  }

  #learnBundle(version: number): void {
    const bundle = this.#truth.bundles[version - 1]
    if (bundle === undefined) return
    this.bundle = Math.max(this.bundle, version)
    this.epoch = Math.max(this.epoch, bundle.epoch)
    this.revocations = Math.max(this.revocations, bundle.revocationVersion)
    for (const [credential, state] of Object.entries(bundle.states))
      if (state === 'revoked') this.revoked.add(this.#reference(credential))
  }

  #learnWords(upTo: number): void {
    for (const { credential, action } of this.#truth.wordsSince(0, upTo))
      if (action === 'revoke') this.revoked.add(this.#reference(credential))
    // A later word that has come already may be in force, too.
    for (const word of this.#truth.wordsSince(0, Math.max(upTo, this.#newestWords))) {
      const { credential, action, until, version } = word
      const reference = this.#reference(credential)
      if (action !== 'suspend') this.suspended.delete(reference)
      else if (version <= upTo) this.suspended.set(reference, until ?? Number.POSITIVE_INFINITY)
    }
  }

  #lift(verb: string, on: string): void {
    this.alarms = this.alarms.filter(alarm => alarm.verb !== verb || alarm.on !== on)
  }

  #reference(credential: string): string {
    return toHex(this.#keys.credential(credential))
  }
}
