import { doorKind, type Question } from './question.ts'
import type { Reason } from './reason.ts'

/** Step 6: a suspected relay, however old, and the wrong side of a door. site.md §6.2. */
export function placeReasons({ tap, position, asset, point, trace }: Question): readonly Reason[] {
  if (tap.position !== undefined) {
    const age = Math.floor(tap.at - tap.position.at)
    trace.push({ what: 'position', value: position === undefined ? `too old: ${age} s` : `${age} s old` })
  }
  const reasons: Reason[] = []
  if (tap.position?.relay === true) reasons.push({ code: 'relay-suspected' })
  const measured = position?.side
  if (measured !== undefined && asset?.kind === doorKind && measured !== point.side)
    reasons.push({ code: 'wrong-side' })
  return reasons
}
