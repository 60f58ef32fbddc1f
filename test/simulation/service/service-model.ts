/**
 * A service as the specifications say it has to be, without database and HTTP: it knows what is true, sends what a
 * module lacks again and again, takes in what comes with every check, and acknowledges what it has.
 */
import { bytesEqual, type Clock, toHex } from '@edgeward/base'
import {
  type Acknowledgement,
  type AuditBatch,
  advancesMark,
  EnvelopeRefused,
  type Evidence,
  type Heads,
  type Health,
  type MapPayloads,
  type Mark,
  type Opened,
  verifyEvidence,
} from '@edgeward/keystore/seal'
import { AuditShelf, type BatchOutcome } from './audit-shelf.ts'
import type { DownType, ServiceKeys } from './service-keys.ts'
import type { Truth } from './truth.ts'
import { groupOf } from './works.ts'

const daySeconds = 86_400
/** What waits is sent again to a module that is on line after so long. */
const againMs = 30_000

export type CommandVerb = 'lockdown' | 'evacuation' | 'forgive' | 'order'

export interface CommandTruth {
  readonly id: Uint8Array
  readonly verb: CommandVerb
  readonly arguments: MapPayloads['command']['arguments']
  /** Seconds. */
  readonly issued: number
  readonly notAfter: number
  /** Counts the commands of the service. */
  readonly number: number
}

/** What was sent under a number. */
export interface Sent {
  readonly type: DownType
  readonly issued: number
  /** Version of bundle or revocations, sequence of a key package. */
  readonly version: number
  readonly command?: CommandTruth
  /** Time that a command tells. */
  readonly time?: number
}

interface Waiting {
  readonly version: number
  readonly sequence: bigint
  readonly envelope: Uint8Array
  readonly sent: Sent
  sentAt: number
  /** The module has refused these bytes; it gets others, but not at once. */
  isRefused: boolean
}

interface Peer {
  readonly module: string
  readonly shelf: AuditShelf
  readonly sequences: Map<DownType, bigint>
  readonly sent: Map<string, Sent>
  readonly waiting: Map<DownType, Waiting>
  commands: CommandTruth[]
  keysWanted: number
  keysSent: { readonly versions: number; readonly sequence: number }
  effective: { bundle: number; revocations: number; keyPackage: number }
  said: Heads
  healthMark: Mark | undefined
  recordsSigned: number
  isLinked: boolean
}

export interface ServiceOptions {
  readonly keys: ServiceKeys
  readonly truth: Truth
  readonly clock: Clock
  /** Hands an envelope to the network. */
  readonly send: (module: string, envelope: Uint8Array, sent: Sent) => void
  /** What no honest module ever makes happen. */
  readonly alarm: (module: string, what: string) => void
  readonly onBatch: (module: string, batch: Pick<AuditBatch, 'first' | 'last'>, outcome: BatchOutcome) => void
}

export class ServiceModel {
  readonly #options: ServiceOptions
  readonly #peers = new Map<string, Peer>()
  #ordered = 0
  /** Envelopes that were refused; they come from the network's alterations. */
  refused = 0

  constructor(options: ServiceOptions) {
    this.#options = options
  }

  peer(module: string): Peer {
    const peer = this.#peers.get(module)
    if (peer === undefined) throw new Error(`${module} was never commissioned`)
    return peer
  }

  /** Gives a module its package; a second time, everything that was agreed before is over. */
  async commission(module: string, request: Uint8Array): Promise<Uint8Array> {
    const { keys } = this.#options
    const before = this.#peers.get(module)
    const encoded = await keys.commission(module, request, this.#seconds())
    this.#peers.set(module, {
      module,
      shelf: before?.shelf ?? new AuditShelf(keys, module),
      sequences: new Map<DownType, bigint>([['key-package', 1n]]),
      sent: new Map(),
      waiting: new Map(),
      commands: [],
      keysWanted: keys.pinVersions(groupOf[module] ?? 'main'),
      keysSent: { versions: keys.pinVersions(groupOf[module] ?? 'main'), sequence: 1 },
      effective: { bundle: 0, revocations: 0, keyPackage: 1 },
      said: {},
      healthMark: undefined,
      recordsSigned: 0,
      isLinked: before?.isLinked ?? false,
    })
    return encoded
  }

  linked(module: string, isLinked: boolean): void {
    const peer = this.#peers.get(module)
    if (peer !== undefined) peer.isLinked = isLinked
  }

  /** Orders something at a module; it goes out in its turn. */
  order(module: string, verb: CommandVerb, args: MapPayloads['command']['arguments'], seconds: number): CommandTruth {
    const issued = this.#seconds()
    const id = this.#options.keys.random.bytes(16)
    this.#ordered += 1
    const command = { id, verb, arguments: args, issued, notAfter: issued + seconds, number: this.#ordered }
    this.peer(module).commands.push(command)
    return command
  }

  /** What was sent under the number that an acknowledgement names. */
  sentAs(module: string, type: string, sequence: bigint): Sent | undefined {
    return this.#peers.get(module)?.sent.get(`${type}/${sequence}`)
  }

  /** Whether a module has acknowledged all that it should have. */
  isUpToDate(module: string): boolean {
    const { truth } = this.#options
    const { effective, commands, keysSent, keysWanted, shelf } = this.peer(module)
    return (
      effective.bundle === truth.bundle.version &&
      effective.revocations === truth.revocationVersion &&
      keysSent.versions === keysWanted &&
      effective.keyPackage === keysSent.sequence &&
      commands.length === 0 &&
      shelf.complete > 0
    )
  }

  /** Everybody who is on line gets what he lacks. */
  async lookAfterAll(): Promise<void> {
    for (const peer of this.#peers.values()) if (peer.isLinked) await this.#bringUpToDate(peer, undefined)
  }

  async lookAfter(module: string): Promise<void> {
    const peer = this.#peers.get(module)
    if (peer !== undefined) await this.#bringUpToDate(peer, undefined)
  }

  /** Takes in bytes from a module's topic. */
  async receive(module: string, bytes: Uint8Array): Promise<void> {
    const { keys } = this.#options
    const peer = this.#peers.get(module)
    if (peer === undefined) return
    let envelope: Opened
    try {
      envelope = await keys.open(module, bytes, this.#seconds())
      await this.#take(peer, envelope)
    } catch (error) {
      if (!(error instanceof EnvelopeRefused)) throw error
      this.refused += 1
    }
  }

  async #take(peer: Peer, envelope: Opened): Promise<void> {
    const { alarm, onBatch } = this.#options
    const { module, shelf } = peer
    if (envelope.type === 'audit-batch') {
      const outcome = await shelf.take(envelope.payload)
      const { result, complete } = outcome
      if (outcome.result === 'refused' && outcome.why !== 'chain-epoch-went-back') alarm(module, outcome.why)
      onBatch(module, envelope.payload, outcome)
      await this.#acknowledge(peer, envelope, complete, result)
      return
    }
    if (envelope.type === 'acknowledgement') {
      this.#checkEvidence(peer, envelope.payload.evidence)
      this.#acknowledged(peer, envelope.payload)
      await this.#bringUpToDate(peer, undefined)
      return
    }
    if (envelope.type !== 'health') throw new EnvelopeRefused('type', 'does not go up')
    const epoch = this.#checkEvidence(peer, envelope.payload.evidence)
    if (envelope.mark !== undefined && !advancesMark(peer.healthMark, envelope.mark)) return
    peer.healthMark = envelope.mark
    this.#health(peer, envelope.payload, epoch)
    if (envelope.payload.nonce !== undefined) await this.#tellTime(peer, envelope.payload.nonce)
    await this.#acknowledge(peer, envelope, envelope.keyVersion, 'done')
    await this.#bringUpToDate(peer, envelope.payload.nonce)
  }

  #checkEvidence({ module, shelf }: Peer, evidence: Evidence | undefined): number {
    const { keys, alarm } = this.#options
    const { module: party, identity } = keys.evidenceOf(module)
    const epochs = [shelf.chainEpoch, shelf.chainEpoch + 1, keys.versionOf(module)]
    const signed =
      evidence && epochs.find(chainEpoch => verifyEvidence(identity, { module: party, chainEpoch }, evidence))
    if (signed !== undefined) return signed
    alarm(module, 'the module has not signed its evidence')
    throw new EnvelopeRefused('signature', 'no evidence')
  }

  #health(peer: Peer, { heads, evidence }: Health, chainEpoch: number): void {
    const { alarm } = this.#options
    const { module, said } = peer
    for (const name of ['bundle', 'revocations', 'keyPackage'] as const) {
      const [before = 0, now = 0] = [said[name], heads[name]]
      if (now < before) alarm(module, `rolled back: ${name} ${before} to ${now}`)
      peer.effective[name] = Math.max(peer.effective[name], now)
    }
    peer.said = heads
    if (evidence === undefined || chainEpoch !== peer.shelf.chainEpoch) return
    if (evidence.records < peer.recordsSigned)
      alarm(module, `records lost: signed for ${peer.recordsSigned}, now ${evidence.records}`)
    peer.recordsSigned = Math.max(peer.recordsSigned, evidence.records)
  }

  #acknowledged(peer: Peer, { acknowledged, heads = {} }: Acknowledgement): void {
    const { alarm } = this.#options
    for (const { type, sequence, result } of acknowledged) {
      const sent = peer.sent.get(`${type}/${sequence}`)
      // The first key package is carried, not sent.
      if (sent === undefined && !(type === 'key-package' && sequence === 1n))
        alarm(peer.module, `acknowledged what was never sent: ${type} ${sequence}`)
      const { command } = sent ?? {}
      if (command !== undefined && (result === 'done' || result === 'expired')) {
        peer.commands = peer.commands.filter(({ id }) => !bytesEqual(id, command.id))
        peer.waiting.delete('command')
      }
      if (result === 'base-mismatch') {
        peer.effective.revocations = 0
        peer.waiting.delete('revocation-delta')
      }
      const waiting = peer.waiting.get(type as DownType)
      if (result !== 'done' && waiting?.sequence === sequence) waiting.isRefused = true
      if (sent?.type === 'key-package' && result === 'done')
        peer.effective.keyPackage = Math.max(peer.effective.keyPackage, sent.version)
    }
    for (const name of ['bundle', 'revocations', 'keyPackage'] as const)
      peer.effective[name] = Math.max(peer.effective[name], heads[name] ?? 0)
  }

  async #bringUpToDate(peer: Peer, nonce: Uint8Array | undefined): Promise<void> {
    const { truth, keys } = this.#options
    const { module, effective } = peer
    const now = this.#seconds()
    peer.keysWanted = keys.pinVersions(groupOf[module] ?? 'main')
    const lacksKeys = peer.keysSent.versions < peer.keysWanted || effective.keyPackage < peer.keysSent.sequence
    if (lacksKeys)
      await this.#sendWaiting(peer, 'key-package', peer.keysWanted, async () => ({
        payload: await keys.keyPackage(module, now),
        notAfter: now + 60 * daySeconds,
      }))
    if (effective.bundle > 0 && effective.revocations < truth.revocationVersion)
      await this.#sendWaiting(peer, 'revocation-delta', truth.revocationVersion, async () => ({
        payload: this.#delta(effective.revocations),
        notAfter: now + 60 * daySeconds,
      }))
    if (effective.bundle < truth.bundle.version)
      await this.#sendWaiting(peer, 'policy-bundle', truth.bundle.version, async () => ({
        payload: this.#bundle(module, nonce),
        notAfter: now + 60 * daySeconds,
      }))
    await this.#sendCommand(peer, now)
  }

  /** Commands one after the other: the next one when this one is done or over. */
  async #sendCommand(peer: Peer, now: number): Promise<void> {
    peer.commands = peer.commands.filter(({ notAfter }) => notAfter >= now)
    const [command] = peer.commands
    if (command === undefined || peer.effective.bundle === 0) return
    const { id, verb, arguments: args, issued, notAfter } = command
    const by = this.#options.keys.me
    await this.#sendWaiting(
      peer,
      'command',
      command.number,
      async () => ({ payload: { id, verb, arguments: args, notBefore: issued, notAfter, by }, notAfter }),
      { command },
    )
  }

  #delta(base: number): MapPayloads['revocation-delta'] {
    const { truth, keys } = this.#options
    const version = truth.revocationVersion
    const entries = truth.wordsSince(base, version).map(({ credential, action, until }) => ({
      credential: keys.credential(credential),
      action,
      until,
    }))
    return { base, version, entries }
  }

  #bundle(module: string, nonce: Uint8Array | undefined): MapPayloads['policy-bundle'] {
    const { truth } = this.#options
    const { bundle } = truth
    const now = this.#seconds()
    return {
      epoch: bundle.epoch,
      version: bundle.version,
      revocationVersion: bundle.revocationVersion,
      notBefore: now,
      notAfter: now + 60 * daySeconds,
      tables: truth.tables(module, bundle),
      siteDigest: new Uint8Array(32).fill(bundle.version & 0xff),
      ...(nonce && { nonce }),
    }
  }

  /** The same bytes again while they say what is wanted and nothing newer of the type went out; else a new number. */
  async #sendWaiting<T extends Exclude<DownType, 'acknowledgement'>>(
    peer: Peer,
    type: T,
    version: number,
    make: () => Promise<{ readonly payload: MapPayloads[T]; readonly notAfter: number }>,
    about: Pick<Sent, 'command'> = {},
  ): Promise<void> {
    const { clock, send } = this.#options
    const before = peer.waiting.get(type)
    const isWanted = before?.version === version
    if (isWanted && clock.now() - before.sentAt < againMs) return
    if (isWanted && !before.isRefused && before.sequence === (peer.sequences.get(type) ?? 0n)) {
      before.sentAt = clock.now()
      send(peer.module, before.envelope, before.sent)
      return
    }
    const { payload, notAfter } = await make()
    const { envelope, sequence, sent } = await this.#seal(peer, { type, payload, notAfter, version, ...about })
    if (type === 'key-package') peer.keysSent = { versions: version, sequence: Number(sequence) }
    peer.waiting.set(type, { version, sequence, envelope, sent, sentAt: clock.now(), isRefused: false })
    send(peer.module, envelope, sent)
  }

  async #seal<T extends DownType>(
    peer: Peer,
    {
      type,
      payload,
      notAfter,
      version,
      ...about
    }: Pick<Sent, 'command' | 'time' | 'version'> & {
      readonly type: T
      readonly payload: MapPayloads[T]
      readonly notAfter: number | null
    },
  ): Promise<{ readonly envelope: Uint8Array; readonly sequence: bigint; readonly sent: Sent }> {
    const sequence = (peer.sequences.get(type) ?? 0n) + 1n
    const issued = this.#seconds()
    peer.sequences.set(type, sequence)
    const said = type === 'key-package' ? Number(sequence) : version
    const sent = { type, issued, version: said, ...about }
    peer.sent.set(`${type}/${sequence}`, sent)
    const envelope = await this.#options.keys.seal(peer.module, { type, payload, sequence, issued, notAfter })
    return { envelope, sequence, sent }
  }

  async #tellTime(peer: Peer, nonce: Uint8Array): Promise<void> {
    const { keys, send } = this.#options
    const time = this.#seconds()
    const payload = {
      id: keys.random.bytes(16),
      verb: 'time',
      arguments: { nonce, time },
      notBefore: time,
      notAfter: time + 60,
      by: keys.me,
    }
    const { envelope, sent } = await this.#seal(peer, {
      type: 'command',
      payload,
      notAfter: time + 60,
      version: 0,
      time,
    })
    send(peer.module, envelope, sent)
  }

  async #acknowledge(
    peer: Peer,
    { type, sequence }: Opened,
    version: number,
    result: 'done' | 'refused',
  ): Promise<void> {
    const { truth, send } = this.#options
    const heads = {
      bundle: truth.bundle.version,
      revocations: truth.revocationVersion,
      keyPackage: peer.keysSent.sequence,
    }
    const payload = { acknowledged: [{ type, version, sequence, result }], heads }
    const { envelope, sent } = await this.#seal(peer, { type: 'acknowledgement', payload, notAfter: null, version: 0 })
    send(peer.module, envelope, sent)
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1_000)
  }
}

/** A command in the words of a trace. */
export function shownCommand({ id, verb, arguments: args }: CommandTruth): string {
  return `${verb} ${JSON.stringify(args)} ${toHex(id).slice(0, 6)}`
}
