import { secondsPerDay } from '../schedule/local-date.ts'
import { isCovered } from './lockdown.ts'
import { own } from './own.ts'
import type { Question } from './question.ts'
import type { Reason } from './reason.ts'

/** Step 4: lockdown, autonomy, clock. site.md §6.2. */
export function moduleReasons(question: Question): readonly Reason[] {
  const reasons: Reason[] = []
  if (isCovered(question, question.state.lockdowns)) reasons.push({ code: 'lockdown' })
  if (exceedsAutonomy(question)) reasons.push({ code: 'autonomy-exceeded' })
  if (question.tap.clock === 'untrusted' && levelOf(question)?.untrustedClock === 'deny')
    reasons.push({ code: 'clock-untrusted' })
  return reasons
}

const levelOf = ({ site, asset }: Question) => asset && site.criticality[asset.criticality]

function exceedsAutonomy(question: Question): boolean {
  const { state, at, asset, trace, world } = question
  // Rules that are over permit nothing more, however lately the service was heard (T66).
  if (world.notAfter !== undefined && at > world.notAfter) {
    trace.push({ what: 'rules', value: `ended ${Math.floor(at - world.notAfter)} s ago` })
    return true
  }
  if (state.lastContact === undefined) return false
  const limits = [moduleAutonomy(question), asset?.autonomy, levelOf(question)?.autonomy]
  const least = Math.min(...limits.filter(limit => limit !== undefined))
  const since = at - state.lastContact
  trace.push({ what: 'last contact', value: `${Math.floor(since)} s ago` })
  return since > least
}

/** The autonomy of the module that decides, or of the one that guards the asset; else what a module has by default. */
function moduleAutonomy({ world, site, point }: Question): number {
  const deciding = world.module === undefined ? undefined : own(site.modules, world.module)
  const module = deciding ?? Object.values(site.modules).find(({ guards }) => guards.includes(point.asset))
  return module?.autonomy ?? defaultAutonomy
}

/** site.md §2, modules, `autonomy`: 30 days. */
const defaultAutonomy = 30 * secondsPerDay
