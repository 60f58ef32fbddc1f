import type { EventRow } from '@edgeward/service/api'
import { StateMark } from '../parts/state-mark.tsx'
import type { Tone } from '../parts/tone.ts'
import { words } from '../words.ts'
import { outcomeText } from './event-text.ts'

const tones: Readonly<Record<string, Tone>> = {
  entered: 'good',
  'session-started': 'good',
  'session-ended': 'neutral',
  'not-entered': 'warn',
  'timed-out': 'warn',
  'actuator-failed': 'bad',
}

/** What followed a permit. A denial has no outcome, and a permit whose outcome has not come says so. */
export function OutcomeMark({ event: { decision, outcome } }: { readonly event: EventRow }) {
  if (decision !== 'permit') return null
  if (outcome === null)
    return (
      <StateMark tone="neutral" plain icon="clock">
        {words.events.outcomeOpen}
      </StateMark>
    )
  return (
    <StateMark tone={tones[outcome] ?? 'neutral'} plain>
      {outcomeText(outcome)}
    </StateMark>
  )
}
