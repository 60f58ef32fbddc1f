import type { EventRow } from '@edgeward/service/api'

/** An event with this number as its cursor. */
export function row(number: number, change: Partial<EventRow> = {}): EventRow {
  return {
    cursor: String(number),
    kind: 'decision',
    at: '2026-11-24T13:00:00Z',
    receivedAt: '2026-11-24T13:00:00Z',
    clockQuality: 'synchronised',
    simulated: false,
    module: 'edge-hall',
    number,
    decisionId: `D${number}`,
    asset: { id: 'reactor-1', name: 'Reactor 1' },
    side: null,
    function: 'operate',
    decision: 'permit',
    by: 'operator-12',
    reasons: [{ code: 'permitted', parameter: null, text: 'Permitted' }],
    obligations: [],
    factors: {},
    person: { id: 'ada', name: 'Ada Loosli' },
    credential: 'c-2001',
    outcome: null,
    event: null,
    actor: null,
    detail: {},
    ...change,
  }
}

/** The outcome record of a decision. */
export const outcomeOf = (decision: number, number: number, outcome = 'entered'): EventRow =>
  row(number, { kind: 'outcome', decisionId: `D${decision}`, decision: null, outcome })
