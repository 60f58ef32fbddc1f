import type { EventRow } from '@edgeward/service/api'
import { Empty, Loading } from '../parts/problem.tsx'
import type { RowWindow } from '../parts/use-row-window.ts'
import { words } from '../words.ts'
import { EventLine } from './event-line.tsx'
import styles from './event-table.module.css'

/** How a row is laid out: one line, two lines, or the four lines of a phone. */
export type RowForm = 'wide' | 'medium' | 'narrow'

const heights: Readonly<Record<RowForm, number>> = { wide: 46, medium: 66, narrow: 98 }

export const rowFormOf = (width: number): RowForm => (width >= 960 ? 'wide' : width >= 560 ? 'medium' : 'narrow')
export const rowHeightOf = (width: number): number => heights[rowFormOf(width)]

interface EventTableProps {
  readonly rows: readonly EventRow[]
  readonly window: RowWindow
  readonly isLoading: boolean
  readonly openCard: string | undefined
  /** Below the last row: more, or the end. */
  readonly footer: React.ReactNode
}

/** The events, newest first. Only the rows near the eye are drawn; the roles say how many there are. */
export function EventTable({
  rows,
  window: { ref, onScroll, first, end, width },
  isLoading,
  openCard,
  footer,
}: EventTableProps) {
  const form = rowFormOf(width)
  const height = heights[form]
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section className={styles.scroll} aria-label={words.events.title} ref={ref} onScroll={onScroll} tabIndex={0}>
      <div
        className={styles.table}
        data-form={form}
        role="table"
        aria-label={words.events.title}
        aria-rowcount={rows.length + 1}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.columns}>
            {words.events.columns.map(name => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: rows.length * height }}>
          {rows.slice(first, end).map((event, index) => (
            <EventLine
              key={event.cursor}
              event={event}
              position={first + index}
              top={(first + index) * height}
              height={height}
              isOpen={event.decisionId !== null && event.decisionId === openCard}
            />
          ))}
        </div>
      </div>
      {isLoading ? (
        <div className={styles.loading}>
          <Loading lines={8} />
        </div>
      ) : rows.length === 0 ? (
        <Empty>{words.events.none}</Empty>
      ) : (
        footer
      )}
    </section>
  )
}
