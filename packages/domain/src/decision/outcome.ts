import type { Instant } from '../site.ts'
import { areasNamed, outside, passageOf } from './areas.ts'
import type { Holder } from './claims.ts'
import type { Event } from './events.ts'
import { identify, matchesSubject } from './matching.ts'
import { own } from './own.ts'
import { peopleInside, rememberedMatches } from './people-inside.ts'
import { doorKind, openFunction } from './question.ts'
import type { Attempt, RunningSession, State } from './state.ts'
import { countUses } from './uses.ts'
import type { World } from './world.ts'

/** What came of a permit. Without one (a denial, an unknown tap) nothing changes. site.md §7. */
export function recordOutcome(world: World, state: State, event: Extract<Event, { type: 'outcome' }>): State {
  const attempt = own(state.attempts, event.of)
  if (attempt === undefined) return event.outcome === 'session-ended' ? endSession(state, event.of) : state
  const settled = { ...state, attempts: { ...state.attempts, [event.of]: { ...attempt, settled: true as const } } }
  switch (event.outcome) {
    case 'entered':
      return enter(world, settled, attempt, event.at)
    case 'not-entered':
    case 'timed-out':
    case 'actuator-failed':
      return giveBack(settled, event.of, attempt)
    case 'session-started':
      return startSession(settled, event.of, attempt)
    case 'session-ended':
      return endSession(settled, event.of)
  }
}

/** Holder and companion are where the door leads; passages are dated; firstPersonIn is opened and closed. */
function enter(world: World, state: State, attempt: Attempt, at: Instant): State {
  const { areas, assets } = world.site
  const asset = own(assets, attempt.asset)
  const who = [attempt.holder, attempt.with].filter(holder => holder !== undefined)
  if (asset?.kind !== doorKind || attempt.function !== openFunction || who.length === 0) return state
  const { target, entered } = passageOf(areas, asset, attempt.side)
  const marks = target === outside ? [...entered, outside] : entered
  const moved = who.reduce((s, holder) => move(s, holder, { target, marks, at }), state)
  const opening = areasNamed(areas, entered).filter(
    ({ id, area }) => !state.opened.includes(id) && opens(world, area.firstPersonIn, attempt, at),
  )
  const opened = [...state.opened, ...opening.map(({ id }) => id)].filter(
    id => peopleInside(world, moved, id).length > 0,
  )
  return { ...moved, opened }
}

function move(
  state: State,
  holder: Holder,
  { target, marks, at }: { readonly target: string; readonly marks: readonly string[]; readonly at: Instant },
): State {
  const passages = { ...own(state.passages, holder.person), ...Object.fromEntries(marks.map(area => [area, at])) }
  return {
    ...state,
    locations: { ...state.locations, [holder.person]: { area: target, holder } },
    passages: { ...state.passages, [holder.person]: passages },
  }
}

/** The holder by what the tap said, the second person by the site file; robots open nothing. */
function opens(
  world: World,
  firstPersonIn: Parameters<typeof matchesSubject>[0] | undefined,
  attempt: Attempt,
  at: Instant,
): boolean {
  if (firstPersonIn === undefined) return false
  const { holder, with: second } = attempt
  if (holder !== undefined && !holder.robot && matchesSubject(firstPersonIn, identify(world.site, holder, at)))
    return true
  return second !== undefined && rememberedMatches(world, firstPersonIn, { person: second.person, holder: second }, at)
}

function giveBack(state: State, tap: string, attempt: Attempt): State {
  const { use, holder, ...rest } = attempt
  if (use === undefined || holder === undefined) return state
  const returned = countUses(state, { ...use, person: holder.person, by: -1 })
  // Once: the attempt has no use left that a second outcome could give back.
  return { ...returned, attempts: { ...state.attempts, [tap]: { ...rest, holder, settled: true } } }
}

function startSession(state: State, tap: string, attempt: Attempt): State {
  const { holder, asset, role, sessionUntil } = attempt
  if (holder === undefined) return state
  const session: RunningSession = {
    tap,
    person: holder.person,
    asset,
    function: attempt.function,
    role,
    ...(sessionUntil !== undefined && { until: sessionUntil }),
  }
  return { ...state, sessions: [...state.sessions.filter(other => !isSameUse(other, session)), session] }
}

function endSession(state: State, tap: string): State {
  const ended = state.sessions.find(session => session.tap === tap)
  const attempt = own(state.attempts, tap)
  const use =
    ended ?? (attempt?.holder && { person: attempt.holder.person, asset: attempt.asset, function: attempt.function })
  if (use === undefined) return state
  return { ...state, sessions: state.sessions.filter(session => !isSameUse(session, use)) }
}

type Use = Pick<RunningSession, 'person' | 'asset' | 'function'>
const isSameUse = (a: Use, b: Use): boolean => a.person === b.person && a.asset === b.asset && a.function === b.function
