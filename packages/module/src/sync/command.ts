/** Commands: done at most once, over before they are too late, ended by themselves. envelope.md §3, site.md §7 */
import { toHex } from '@edgeward/base'
import { type CommandTarget, type Event, step } from '@edgeward/domain'
import type { Command, Plain } from '@edgeward/keystore/seal'
import type { ModuleClock } from '../clock/module-clock.ts'
import { objectRef } from '../policy/holder-claims.ts'
import { endingOf, type Policy } from '../policy/policy.ts'
import { commandResult, forgetCommands, rememberCommand, removeEnding, writeEnding } from '../store/commands.ts'
import type { Database } from '../store/database.ts'
import { type Effect, nothing, refused } from './effect.ts'

/** How far the service's clock may be ahead of ours before a command counts as one of the future. */
const aheadSeconds = 300
/** Lockdown and evacuation live at most so long without being renewed (R10). */
const longestSeconds = 12 * 3_600

export interface CommandOptions {
  readonly db: Database
  readonly policy: Policy
  readonly clock: ModuleClock
  /** Whether this nonce is ours and recent; it is used up by asking. */
  readonly takeNonce: (nonce: Uint8Array) => boolean
}

/** The effect of a command. Its id is remembered with the effect, so that it acts once. */
export function commandEffect(options: CommandOptions, command: Command): Effect {
  const { db, clock } = options
  const { at } = clock.look()
  if (commandResult(db, command.id) !== undefined) return nothing
  // A clock that is wrong must still be set.
  if (command.verb !== 'time') {
    if (at > command.notAfter) return refused('expired', 'expired')
    if (command.notBefore > at + aheadSeconds) return refused('not yet')
  }
  const effect = effectOf(options, command, at)
  if (effect.result !== 'done') return effect
  return {
    ...effect,
    store() {
      forgetCommands(db, clock.floor)
      rememberCommand(db, command.id, command.notAfter, 0)
      effect.store?.()
    },
    detail: { verb: command.verb, id: toHex(command.id), ...effect.detail },
  }
}

function effectOf(options: CommandOptions, command: Command, at: number): Effect {
  switch (command.verb) {
    case 'time':
      return timeEffect(options, command)
    case 'lockdown':
    case 'evacuation':
      return stateOfAlarm(options, command, at)
    case 'forgive':
      return forgiveEffect(options, command, at)
    case 'order':
      return orderEffect(options, command, at)
    default:
      return refused('unknown verb')
  }
}

/** Signed time: with our nonce it sets the clock, otherwise it only shows that so much time has passed. */
function timeEffect({ clock, takeNonce }: CommandOptions, { arguments: { nonce, time } }: Command): Effect {
  if (!(nonce instanceof Uint8Array) || typeof time !== 'number' || time < 0) return refused('arguments')
  if (time < clock.floor) return refused('below the floor')
  if (!takeNonce(nonce)) return { result: 'done', store: () => clock.raiseFloor(time) }
  const { quality, at } = clock.look()
  const isNews = quality !== 'synchronised' || Math.abs(time - at) > 1
  return {
    result: 'done',
    store: () => clock.setSigned(time, { fresh: true }),
    ...(isNews ? { event: 'clock-set', detail: { quality, byS: String(time - at) } } : {}),
  }
}

function stateOfAlarm({ db, policy }: CommandOptions, command: Command, at: number): Effect {
  const { on, active } = command.arguments
  const target = targetOf(on)
  if (target === undefined || typeof active !== 'boolean') return refused('arguments')
  const type = command.verb === 'lockdown' ? 'lockdown' : 'evacuation'
  const end = { type, at, on: target, active: false } as const
  return stepEffect(policy, { type, at, on: target, active }, () => {
    const ending = endingOf(end, Math.min(command.notAfter, at + longestSeconds))
    if (active) writeEnding(db, ending)
    else removeEnding(db, ending.event)
  })
}

function forgiveEffect({ policy }: CommandOptions, { arguments: { person, everyone } }: Command, at: number): Effect {
  if (everyone === true) return stepEffect(policy, { type: 'forgive', at, person: 'everyone' })
  const reference = person instanceof Uint8Array ? toHex(person) : person
  return typeof reference === 'string'
    ? stepEffect(policy, { type: 'forgive', at, person: reference })
    : refused('arguments')
}

function orderEffect({ policy }: CommandOptions, { arguments: { order, state } }: Command, at: number): Effect {
  if (typeof order !== 'string' || (state !== 'open' && state !== 'closed')) return refused('arguments')
  return stepEffect(policy, { type: 'order', at, order, state })
}

function stepEffect({ world, state }: Policy, event: Event, store?: () => void): Effect {
  if (world === undefined) return refused('no bundle yet')
  return {
    result: 'done',
    change: { state: step(world, state, event).state },
    event: 'command-done',
    ...(store === undefined ? {} : { store }),
  }
}

function targetOf(on: Plain | undefined): CommandTarget | undefined {
  if (on === 'site') return on
  if (typeof on === 'string') return { asset: on }
  if (on === null || typeof on !== 'object' || on instanceof Uint8Array || Array.isArray(on)) return undefined
  return objectRef(on as Parameters<typeof objectRef>[0])
}
