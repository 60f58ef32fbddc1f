/**
 * No permit that the readable algorithm would deny: each record of a module is played again, in its order, on a state
 * that is made of nothing but records and what is true outside. Where the module knew less than the truth (a later
 * contact, a state that ended by itself), the truth counts in its favour.
 */
import { toHex } from '@edgeward/base'
import {
  type Claims,
  type Event,
  formatReason,
  initialState,
  type OutcomeName,
  type State,
  step,
  type TapEvent,
  type World,
} from '@edgeward/domain'
import type { ModuleNode, SeenRecord } from '../module-node.ts'
import type { CommandTruth } from '../service/service-model.ts'
import type { MakeInvariant, TapTruth, View } from './invariant.ts'

const longestAlarmSeconds = 12 * 3_600
const events = { revoke: 'revoke', suspend: 'suspend', restore: 'resume' } as const

export const readableDecision: MakeInvariant = view => {
  const oracles = new Map<ModuleNode, Oracle>()
  return {
    name: 'no permit that the readable algorithm on what was acknowledged would deny',
    clause: 'site.md §6.2; domain.md decision',
    commissioned(node) {
      oracles.set(node, new Oracle(view, node))
    },
    recorded: (node, seen, taps) => oracles.get(node)?.take(seen, taps),
    stepped(node) {
      if (node.isOn && node.isCommissioned) oracles.get(node)?.timePasses(Date.parse(node.status().clock.now) / 1_000)
      return undefined
    },
  }
}

class Oracle {
  readonly #view: View
  readonly #node: ModuleNode
  #state: State = initialState()
  #world: World | undefined
  #revocations = 0
  /** Ends by itself: key to the event and its instant. */
  readonly #endings = new Map<string, { readonly event: Event; readonly endsAt: number }>()

  constructor(view: View, node: ModuleNode) {
    this.#view = view
    this.#node = node
  }

  take({ record, credential }: SeenRecord, taps: readonly TapTruth[]): string | undefined {
    const { event, detail = {}, at } = record
    this.#endDue(at)
    if (event === 'bundle-applied') this.#bundle(Number(detail.version), at)
    if (event === 'revocations-applied') this.#words(Number(detail.version), at)
    if (event === 'command-done') this.#command(detail.id ?? '', at)
    if (record.kind === 'outcome' && record.outcome !== 'unknown') {
      const outcome = record.outcome as OutcomeName
      this.#apply({ type: 'outcome', at, of: record.decisionId ?? '', outcome })
    }
    return record.kind === 'decision' ? this.#decision({ record, credential }, taps) : undefined
  }

  /** What ends by itself may have ended meanwhile; an evacuation only once the module looks. */
  timePasses(at: number): void {
    this.#endDue(at, ({ type }) => type !== 'evacuation')
  }

  #decision(
    { record, credential }: { readonly record: SeenRecord['record']; readonly credential: string | undefined },
    taps: readonly TapTruth[],
  ): string | undefined {
    const world = this.#world
    if (record.reasons?.[0] === 'internal-error') return undefined
    if (world === undefined)
      return record.decision === 'permit' ? `permit ${record.decisionId} before any bundle came` : undefined
    const state: State = { ...this.#state, lastContact: this.#view.known(this.#node).newestContact }
    const reasons: string[] = []
    for (const tap of taps) {
      const surrounded = { ...state, context: tap.context, doors: {} }
      const result = step(world, surrounded, tapEvent(record, credential, tap))
      if (result.decision?.decision === record.decision) {
        this.#state = { ...result.state, context: {}, doors: {} }
        return undefined
      }
      reasons.push(...(result.decision?.reasons.map(formatReason) ?? []))
    }
    return record.decision === 'permit'
      ? `permit ${record.decisionId} at ${record.asset} by ${record.by}; the readable algorithm says ${reasons}`
      : undefined
  }

  #bundle(version: number, at: number): void {
    const { truth } = this.#view
    const world = truth.world(this.#node.id, version)
    const revocationVersion = truth.bundles[version - 1]?.revocationVersion ?? 0
    const before = this.#state
    const after = step(this.#world ?? world, before, { type: 'bundle', at, world }).state
    const isBehind = revocationVersion < this.#revocations
    const kept = Object.entries(before.credentials).filter(([id]) => after.credentials[id]?.state !== 'revoked')
    this.#state = isBehind ? { ...after, credentials: { ...after.credentials, ...Object.fromEntries(kept) } } : after
    if (!isBehind)
      for (const [name, { event }] of this.#endings) if (event.type === 'resume') this.#endings.delete(name)
    this.#world = world
    this.#revocations = Math.max(this.#revocations, revocationVersion)
  }

  #words(version: number, at: number): void {
    for (const { credential, action, until } of this.#view.truth.wordsSince(this.#revocations, version)) {
      const reference = toHex(new TextEncoder().encode(credential.padEnd(8, '.')))
      this.#apply({ type: events[action], at, credential: reference })
      this.#endings.delete(reference)
      if (action === 'suspend' && until !== null)
        this.#endings.set(reference, { event: { type: 'resume', at: until, credential: reference }, endsAt: until })
    }
    this.#revocations = Math.max(this.#revocations, version)
  }

  #command(id: string, at: number): void {
    const command = this.#view.commands.get(id)
    const event = command && commandEvent(command, at)
    if (command === undefined || event === undefined) return
    this.#apply(event)
    if (event.type !== 'lockdown' && event.type !== 'evacuation') return
    const name = `${event.type} ${JSON.stringify(event.on)}`
    this.#endings.delete(name)
    const endsAt = Math.min(command.notAfter, at + longestAlarmSeconds)
    if (event.active) this.#endings.set(name, { event: { ...event, active: false, at: endsAt }, endsAt })
  }

  #endDue(at: number, mayEnd: (event: Event) => boolean = () => true): void {
    for (const [name, { event, endsAt }] of this.#endings) {
      if (endsAt > at || !mayEnd(event)) continue
      this.#endings.delete(name)
      this.#apply(event)
    }
  }

  #apply(event: Event): void {
    if (this.#world !== undefined) this.#state = step(this.#world, this.#state, event).state
  }
}

function commandEvent({ verb, arguments: args }: CommandTruth, at: number): Event | undefined {
  if (verb === 'forgive') return { type: 'forgive', at, person: 'everyone' }
  if (verb === 'order') {
    const { order, state } = args as { order: string; state: 'open' | 'closed' }
    return { type: 'order', at, order, state }
  }
  const { on, active } = args as { on: string | { asset: string } | { area: string }; active: boolean }
  return { type: verb, at, active, on: on === 'site' ? 'site' : (on as { asset: string } | { area: string }) }
}

function tapEvent(record: SeenRecord['record'], credential: string | undefined, tap: TapTruth): TapEvent {
  const { document, place } = tap
  const isProven = credential !== undefined && document !== undefined
  const pin = record.factors?.pin === 'wrong' ? 'wrong' : tap.pin
  const trusted = record.clockQuality === 'synchronised' || record.clockQuality === 'drifting'
  return {
    type: 'tap',
    id: record.decisionId ?? '',
    at: record.at,
    clock: trusted ? 'trusted' : 'untrusted',
    asset: place.asset,
    side: place.side,
    function: place.function,
    proof: isProven ? 'ok' : 'bad',
    factors: record.factors?.pin === undefined || pin === undefined ? {} : { pin },
    offline: tap.offline,
    ...(isProven ? { claims: claimsOf(document) } : {}),
  }
}

function claimsOf({
  person,
  credential,
  roles,
  notBefore,
  notAfter,
  epoch,
}: NonNullable<TapTruth['document']>): Claims {
  const reference = (id: string, size: number): string => toHex(new TextEncoder().encode(id.padEnd(size, '.')))
  return {
    credential: reference(credential, 8),
    person: reference(person, 16),
    roles: roles.map(role => ({ role })),
    groups: [],
    robot: false,
    external: false,
    extendedTime: false,
    document: { from: notBefore, to: notAfter },
    epoch,
    qualifications: {},
    directGrants: [],
    preferences: {},
  }
}
