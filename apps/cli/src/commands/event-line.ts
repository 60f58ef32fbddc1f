/** One record as one line. */
import type { EventRow } from '@edgeward/service/api'
import { dim, green, red, siteTime } from '../output.ts'

export function eventLine(event: EventRow, timeZone: string): string {
  const when = siteTime(event.at, timeZone).slice(0, -timeZone.length - 1)
  return `${dim(when)}  ${what(event)}`
}

function what(event: EventRow): string {
  const who = event.person?.name ?? (event.credential ? `credential ${event.credential}` : 'somebody unknown')
  const where = `${event.asset?.name ?? '?'}${event.side === 'out' ? ' (out)' : ''} · ${event.function ?? '?'}`
  if (event.kind === 'decision') {
    const [nearest, ...rest] = event.reasons
    const reason =
      event.decision === 'permit'
        ? (event.by ?? nearest?.text ?? '')
        : `${nearest?.text ?? ''}${rest.length > 0 ? ` (and ${rest.length} more)` : ''}`
    const mark = event.decision === 'permit' ? green('permit') : red('deny  ')
    return `${mark}  ${who} · ${where}  ${reason}  ${dim(event.decisionId ?? '')}`
  }
  if (event.kind === 'outcome')
    return `${dim('       → ')}${event.outcome ?? ''} · ${event.asset?.name ?? ''}  ${dim(event.decisionId ?? '')}`
  const particulars = Object.entries(event.detail).map(([name, value]) => `${name} ${value}`)
  return `${dim(event.kind.padEnd(6))}  ${event.module}: ${event.event ?? ''}${event.actor ? ` by ${event.actor}` : ''}  ${dim(particulars.join(', '))}`
}
