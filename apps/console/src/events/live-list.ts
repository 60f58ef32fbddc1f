/**
 * The list of events while it lives: what is shown, what waits behind a pause, both bounded. Pure; the page feeds it.
 * An outcome is no row of its own: it is the other half of a decision and joins its row.
 */
import type { EventRow } from '@edgeward/service/api'

/** Rows that are kept; older ones are read again from the service when somebody scrolls down to them. */
export const maxRows = 2_000

export interface LiveList {
  /** Newest first. */
  readonly rows: readonly EventRow[]
  /** What arrived during a pause, newest first. */
  readonly waiting: readonly EventRow[]
  /** How many arrived during the pause, of which `waiting` holds the newest. */
  readonly waitingCount: number
  /** Where the next older page begins; null: there is none. */
  readonly oldest: string | null
}

export const emptyList: LiveList = { rows: [], waiting: [], waitingCount: 0, oldest: null }

export interface EventFilter {
  readonly person?: string
  readonly asset?: string
  readonly module?: string
  readonly decision?: 'permit' | 'deny'
  /** Attempts alone. */
  readonly kind?: 'decision'
}

/** Does the event belong into a list with this filter? */
export function matches(event: EventRow, { person, asset, module, decision, kind }: EventFilter): boolean {
  return (
    (person === undefined || event.person?.id === person) &&
    (asset === undefined || event.asset?.id === asset) &&
    (module === undefined || event.module === module) &&
    (decision === undefined || event.decision === decision) &&
    (kind === undefined || event.kind === kind)
  )
}

/** A list from the newest page, newest first. */
export function loaded(page: readonly EventRow[], oldest: string | null): LiveList {
  return { ...emptyList, rows: joined([], page), oldest }
}

/** The list with an older page below. */
export function withOlder(list: LiveList, page: readonly EventRow[], oldest: string | null): LiveList {
  return { ...list, rows: joined(list.rows, page), oldest }
}

/** The list after a batch arrived, oldest first, as streams bring it. While it is held the batch waits. */
export function arrived(list: LiveList, batch: readonly EventRow[], held: boolean): LiveList {
  if (batch.length === 0) return list
  const newestFirst = batch.toReversed()
  if (!held) {
    const rows = joined(newestFirst, list.rows)
    return { ...list, ...cut(rows, list.oldest) }
  }
  const known = new Set(list.rows.flatMap(row => (row.decisionId === null ? [] : [row.decisionId])))
  const isForShown = (row: EventRow): boolean =>
    row.kind === 'outcome' && row.decisionId !== null && known.has(row.decisionId)
  // What happened to a row that is on the screen is told at once, pause or not.
  const forShown = newestFirst.filter(isForShown)
  const waiting = joined(
    newestFirst.filter(row => !isForShown(row)),
    list.waiting,
  )
  return {
    ...list,
    rows: forShown.length === 0 ? list.rows : joined(forShown, list.rows),
    waiting: waiting.slice(0, maxRows),
    waitingCount: list.waitingCount + waiting.length - list.waiting.length,
  }
}

/**
 * The list when a pause ends. When more waited than is kept, what waited fills the list alone, so that no hole lies
 * between it and older rows: those are read again.
 */
export function released(list: LiveList): LiveList {
  if (list.waitingCount === 0) return list
  return { ...emptyList, ...cut(joined(list.waiting, list.rows), list.oldest) }
}

/** Two stretches of events, newest first, as rows: each once, outcomes joined with their decisions. */
function joined(newer: readonly EventRow[], older: readonly EventRow[]): readonly EventRow[] {
  const all = [...newer, ...older]
  const outcomes = new Map(
    all.flatMap(({ kind, decisionId, outcome }) =>
      kind === 'outcome' && decisionId !== null && outcome !== null ? [[decisionId, outcome] as const] : [],
    ),
  )
  const seen = new Set<string>()
  return all.flatMap(row => {
    if (row.kind === 'outcome' || seen.has(row.cursor)) return []
    seen.add(row.cursor)
    const outcome = row.decisionId === null ? undefined : outcomes.get(row.decisionId)
    return outcome === undefined || outcome === row.outcome ? [row] : [{ ...row, outcome }]
  })
}

function cut(rows: readonly EventRow[], oldest: string | null): Pick<LiveList, 'rows' | 'oldest'> {
  if (rows.length <= maxRows) return { rows, oldest }
  const kept = rows.slice(0, maxRows)
  return { rows: kept, oldest: kept.at(-1)?.cursor ?? oldest }
}
