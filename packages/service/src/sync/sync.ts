/** Keeps the modules up to date: answers what they send, sends what they lack, again and again until they acknowledge. */
import type { Acknowledgement, Command } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { seconds } from '../instants.ts'
import { awaitsModule } from '../restore/restored-modules.ts'
import type { Broker } from './broker.ts'
import { messageFor } from './contents.ts'
import { allEffects, type EffectType } from './effects.ts'
import { keep, newestWaiting, noteSent, refusedAt, sealDown, type Waiting } from './outbox.ts'
import { allPeers, findPeer, findPeerByAccount, type Peer } from './peers.ts'
import { type Answers, receive } from './receive.ts'

/** How often to look for what waits, and how long after sending it is sent again to a module that is connected. */
const lookMs = 5_000
const againMs = 30_000
/** An answer to a question that was asked now. */
const timeValidSeconds = 60
/** Envelopes of one account that wait to be taken in; more are dropped, and come again (QoS 1 is not durable, the outboxes are). */
const mostPending = 256
/**
 * Blocks before rules: they are short and cannot wait. The first package of keys is carried by hand, and none other is
 * made yet; a module would refuse it from the link.
 */
const order: readonly EffectType[] = ['revocation-delta', 'policy-bundle']

export class Sync implements Answers {
  readonly #core: Core
  readonly #broker: Broker
  /** One thing at a time for each module; the rest in parallel. */
  readonly #queues = new Map<string, { tail: Promise<void>; pending: number }>()
  #stopLooking: (() => void) | undefined
  #stopped = false

  constructor(core: Core, broker: Broker) {
    this.#core = core
    this.#broker = broker
  }

  start(): void {
    this.#stopLooking = this.#core.timers.every(lookMs, () => this.bringAllUpToDate())
  }

  /** Finishes what has begun. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopLooking?.()
    await Promise.all([...this.#queues.values()].map(({ tail }) => tail))
  }

  /** Bytes came from an account. */
  received(account: string, envelope: Uint8Array): void {
    this.#enqueue(account, () => receive(this.#core, this, account, envelope))
  }

  /** An account has come: it gets what waits for it. */
  linked(account: string): void {
    this.#enqueue(account, async () => {
      const peer = await findPeerByAccount(this.#core, account)
      // What was on the old connection may be lost.
      if (peer !== undefined) await this.bringUpToDate(peer, undefined, { again: true })
    })
  }

  /** After something was applied or revoked: everybody who is connected hears of it at once. */
  bringAllUpToDate(): void {
    this.#enqueue('all', async () => {
      const peers = await allPeers(this.#core)
      // A module that was taken out may still hold a connection that it opened before.
      this.#broker.keepOnly(new Set(peers.map(({ account }) => account)))
      for (const { account, module } of peers) {
        if (!this.#broker.isConnected(account)) continue
        this.#enqueue(account, async () => {
          const peer = await findPeer(this.#core, module)
          if (peer !== undefined) await this.bringUpToDate(peer, undefined)
        })
      }
    })
  }

  /** Resolves when nothing is under way: for tests and a clean end. */
  async idle(): Promise<void> {
    while ([...this.#queues.values()].some(({ pending }) => pending > 0)) {
      await Promise.all([...this.#queues.values()].map(({ tail }) => tail))
    }
  }

  async acknowledge(peer: Peer, { acknowledged }: Acknowledgement): Promise<void> {
    const effects = await allEffects(this.#core)
    const heads = {
      bundle: effects(peer.module, 'policy-bundle').desired,
      revocations: effects(peer.module, 'revocation-delta').desired,
      keyPackage: effects(peer.module, 'key-package').desired,
    }
    const payload: Acknowledgement = { acknowledged, heads }
    const sealed = await sealDown(this.#core, peer, { type: 'acknowledgement', payload, notAfter: null })
    await this.#broker.send(peer.account, sealed.envelope)
  }

  async tellTime(peer: Peer, nonce: Uint8Array): Promise<void> {
    const { core, now } = { core: this.#core, now: seconds(this.#core.clock.now()) }
    const payload: Command = {
      id: await core.keyStore.random(16),
      verb: 'time',
      arguments: { nonce, time: now },
      notBefore: now,
      notAfter: now + timeValidSeconds,
      by: core.roots.service,
    }
    const sealed = await sealDown(core, peer, { type: 'command', payload, notAfter: payload.notAfter })
    const waiting = await keep(core, peer, { type: 'command', version: 0, sealed })
    if (await this.#broker.send(peer.account, waiting.envelope)) await noteSent(core, waiting.id)
  }

  async bringUpToDate(
    peer: Peer,
    nonce: Uint8Array | undefined,
    { again = false }: { readonly again?: boolean } = {},
  ): Promise<void> {
    // R18: it says first what it has, while we can still tell that from what we are about to send.
    if (await awaitsModule(this.#core, peer.module)) return
    const effects = await allEffects(this.#core)
    for (const type of order) {
      const { desired, effective } = effects(peer.module, type)
      // The first bundle has all blocks in it; before it there is nothing that a delta could add to.
      if (type === 'revocation-delta' && effects(peer.module, 'policy-bundle').effective === 0) continue
      if (desired > effective) await this.#send(peer, { type, desired, effective, nonce, again })
    }
  }

  async #send(
    peer: Peer,
    need: {
      readonly type: EffectType
      readonly desired: number
      readonly effective: number
      readonly nonce: Uint8Array | undefined
      /** However lately it was sent. */
      readonly again: boolean
    },
  ): Promise<void> {
    const mayWait = !need.again && need.nonce === undefined
    const here = await this.#waitingFor(peer, need)
    if (here === undefined && mayWait && !this.#isLate((await this.#refusedAt(peer, need)) ?? null)) return
    const waiting = here ?? (await this.#sealFor(peer, need))
    if (waiting === undefined || (mayWait && !this.#isLate(waiting.sentAt))) return
    if (await this.#broker.send(peer.account, waiting.envelope)) await noteSent(this.#core, waiting.id)
  }

  #isLate(since: number | null): boolean {
    const sinceMs = since === null ? againMs : this.#core.clock.now() - since
    // Negative: the clock was set back.
    return sinceMs >= againMs || sinceMs < 0
  }

  #refusedAt(
    peer: Peer,
    { type, desired }: { readonly type: EffectType; readonly desired: number },
  ): Promise<number | undefined> {
    return refusedAt(this.#core, peer, { type, version: desired })
  }

  /** The same bytes again, as long as they say what is wanted and nothing newer of the type was sent. */
  async #waitingFor(
    peer: Peer,
    {
      type,
      desired,
      nonce,
    }: { readonly type: EffectType; readonly desired: number; readonly nonce: Uint8Array | undefined },
  ): Promise<Waiting | undefined> {
    const waiting = await newestWaiting(this.#core, peer, type)
    const good =
      waiting !== undefined &&
      waiting.version === desired &&
      waiting.keyVersion === peer.keyVersion &&
      nonce === undefined
    return good ? waiting : undefined
  }

  async #sealFor(
    peer: Peer,
    {
      type,
      effective,
      nonce,
    }: { readonly type: EffectType; readonly effective: number; readonly nonce: Uint8Array | undefined },
  ): Promise<Waiting | undefined> {
    const message = await messageFor(this.#core, peer, { type, effective, nonce })
    if (message === undefined) return undefined
    const sealed = await sealDown(this.#core, peer, message)
    return keep(this.#core, peer, { type, version: message.version, sealed })
  }

  #enqueue(account: string, run: () => Promise<void>): void {
    const queue = this.#queues.get(account) ?? { tail: Promise.resolve(), pending: 0 }
    this.#queues.set(account, queue)
    if (this.#stopped || queue.pending >= mostPending) return
    queue.pending += 1
    queue.tail = queue.tail
      .then(run)
      .catch((error: unknown) => this.#failed(account, error))
      .finally(() => {
        queue.pending -= 1
      })
  }

  /** The module sends again what was not acknowledged; here it is enough to say so. */
  #failed(account: string, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    const name = error instanceof Error ? error.name : typeof error
    const place =
      error instanceof Error
        ? error.stack
            ?.split('\n')
            .slice(1, 5)
            .map(line => line.trim())
        : undefined
    this.#core.log.error({ account, name, errno: code, place }, 'an envelope could not be taken in or sent')
  }
}
