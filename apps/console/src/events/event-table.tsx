import type { EventRow } from '@edgeward/service/api'
import { Empty, Loading } from '../parts/problem.tsx'
import type { RowWindow } from '../parts/use-row-window.ts'
import { words } from '../words.ts'
import { EventLine } from './event-line.tsx'
import type { StreamState } from './event-source.ts'
import styles from './event-table.module.css'

/** How a row is laid out: one line, two lines, or the four lines of a phone. */
export type RowForm = 'wide' | 'medium' | 'narrow'

const heights: Readonly<Record<RowForm, number>> = { wide: 45, medium: 66, narrow: 96 }

export const rowFormOf = (width: number): RowForm => (width >= 960 ? 'wide' : width >= 560 ? 'medium' : 'narrow')
export const rowHeightOf = (width: number): number => heights[rowFormOf(width)]

interface EventTableProps {
  readonly rows: readonly EventRow[]
  readonly window: RowWindow
  readonly isLoading: boolean
  readonly stream: StreamState
  readonly openCard: string | undefined
  /** Below the last row: more, or the end. */
  readonly footer: React.ReactNode
}

/** The events, newest first. Only the rows near the eye are drawn; the roles say how many there are. */
export function EventTable({ rows, window, isLoading, openCard, footer }: EventTableProps) {
  const form = rowFormOf(window.width)
  const height = heights[form]
  return (
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <div role="rowgroup" className={styles.scroll} ref={window.ref} onScroll={window.onScroll} tabIndex={0}>
        {isLoading ? (
          <div className={styles.inner} role="row">
            <div role="cell">
              <Loading lines={8} />
            </div>
          </div>
        ) : (
          <>
            <div role="presentation" style={{ height: rows.length * height, position: 'relative' }}>
              {rows.slice(window.first, window.end).map((event, index) => (
                <EventLine
                  key={event.cursor}
                  event={event}
                  position={window.first + index}
                  top={(window.first + index) * height}
                  height={height}
                  isOpen={event.decisionId !== null && event.decisionId === openCard}
                />
              ))}
            </div>
            <div role="row">
              <div role="cell">{rows.length === 0 ? <Empty>{words.events.none}</Empty> : footer}</div>
            </div>
          </>
        )}
      </div>
    </div>
  )
}
