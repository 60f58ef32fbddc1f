import type { Mark } from '@edgeward/service/api'
import { Icon } from '../parts/icon.tsx'
import styles from './matrix-grid.module.css'

interface MarkViewProps {
  readonly mark: Mark
  /** A prohibition limits it. */
  readonly limited?: boolean
}

/** `x`, `(x)` or the prohibition's own sign. The words stand in the cell's label. */
export function MarkView({ mark, limited = false }: MarkViewProps) {
  return (
    <span className={styles.mark} data-mark={mark} aria-hidden="true">
      {mark === 'prohibited' ? <Icon name="prohibited" size={17} /> : mark}
      {limited ? (
        <span className={styles.limit}>
          <Icon name="prohibited" size={11} />
        </span>
      ) : null}
    </span>
  )
}
