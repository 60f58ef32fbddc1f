/**
 * Between a permit and its outcome the rules see nobody inside and no session: whoever comes at another reader in that
 * moment would be let into the booth for one, or to the machine, as well. So a permit is asked for once more, as if what was
 * permitted a moment ago had happened; where only that stands against it, it is a denial.
 */
import { type Reason, type State, type Step, step, type TapEvent, type World, withSurroundings } from '@edgeward/domain'

/** An actuator that has told nothing for so long tells nothing any more. */
const longestOutcomeSeconds = 60
/** Reasons that are about others who are there already. Others, of the holder alone, are judged by what has happened. */
const conflicts: ReadonlySet<Reason['code']> = new Set(['area-full', 'asset-in-use', 'interlock-open'])

export interface Permitted {
  readonly world: World
  /** The state before the tap, with what sensors and contacts say. */
  readonly before: State
  readonly event: TapEvent
  readonly decided: Step
}

/** The decision with what is still pending in mind. A denial because of it leaves the state as it was, but for the PIN's count. */
export function mindingPending({ world, before, event, decided }: Permitted): Step {
  if (decided.decision?.decision !== 'permit') return decided
  const pending = Object.entries(before.attempts).filter(
    ([, { at, settled }]) => settled !== true && at <= event.at && event.at - at <= longestOutcomeSeconds,
  )
  if (pending.length === 0) return decided
  const { decision } = step(world, ifTheyHappened({ world, before, event, pending }), event)
  const [reason] = decision?.decision === 'deny' ? decision.reasons : []
  if (decision === undefined || reason === undefined || !conflicts.has(reason.code)) return decided
  return { decision, state: { ...before, pins: decided.state.pins } }
}

type Pending = readonly (readonly [string, State['attempts'][string]])[]

/** The others went in or began their session, and the other doors are open. */
function ifTheyHappened({ world, before, event, pending }: Omit<Permitted, 'decided'> & { pending: Pending }): State {
  const person = event.claims?.person
  const others = pending.filter(([, { holder }]) => holder?.person !== person)
  const after = others.reduce((state, [of, { sessionUntil }]) => {
    const outcome = sessionUntil === undefined ? 'entered' : 'session-started'
    return step(world, state, { type: 'outcome', at: event.at, of, outcome }).state
  }, before)
  const opened = pending.map(([, { asset }]) => asset).filter(asset => asset !== event.asset)
  const isDoor = (asset: string): boolean => world.site.assets[asset]?.kind === 'door'
  const doors = Object.fromEntries(opened.filter(isDoor).map(asset => [asset, 'open'] as const))
  return withSurroundings(after, { doors: { ...after.doors, ...doors } })
}
