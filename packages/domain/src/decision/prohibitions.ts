import { holds } from '../schedule/holds.ts'
import type { Prohibition } from '../site.ts'
import { evaluateFor, machineState } from './context-values.ts'
import { type HolderQuestion, matches } from './question.ts'
import type { Reason } from './reason.ts'
import { rulesOf } from './rule-index.ts'

/** Step 7: prohibitions that apply, in file order. site.md §6.2. */
export function prohibitionReasons(question: HolderQuestion): readonly Reason[] {
  return rulesOf(question.site, question.point.asset)
    .prohibitions.filter(rule => matches(question, rule) && applies(question, rule.when))
    .map(rule => ({ code: 'prohibited', rule: rule.id }))
}

/** Whether all conditions hold. What cannot be evaluated holds: a dead sensor must not lift a prohibition. site.md §4. */
function applies(question: HolderQuestion, when: Prohibition['when']): boolean {
  const { at, book, position } = question
  if (when.from !== undefined && at < when.from) return false
  if (when.to !== undefined && at >= when.to) return false
  if (when.schedule !== undefined && !holds(book, when.schedule, at)) return false
  if (when.zone !== undefined && position !== undefined && !when.zone.some(zone => position.zones.includes(zone)))
    return false
  // Each is evaluated, though one that is false is enough: the trace shows them all.
  const rests = (when.context ?? []).map(({ expression }) => evaluateFor(question, expression) === false)
  if (rests.includes(true)) return false
  if (when.machineState === undefined) return true
  const state = machineState(question)
  return state === undefined || when.machineState.includes(state)
}
