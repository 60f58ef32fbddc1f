import { useId } from 'react'
import styles from './panel.module.css'

interface PanelProps {
  readonly title: string
  readonly children: React.ReactNode
  /** Beside the title: a mark or an action. */
  readonly aside?: React.ReactNode
  readonly className?: string | undefined
}

/** A titled piece of a page: a region that a screen reader can jump to. */
export function Panel({ title, children, aside, className }: PanelProps) {
  const titleId = useId()
  return (
    <section className={[styles.panel, styles.padded, className].filter(Boolean).join(' ')} aria-labelledby={titleId}>
      <div className={styles.heading}>
        <h2 id={titleId}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
