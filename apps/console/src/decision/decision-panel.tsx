import { ActionIcon } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { decisionQuery } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { panelCovers } from '../parts/panel-covers.ts'
import { Loading, Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import { DecisionCardView } from './decision-card.tsx'
import styles from './decision-panel.module.css'

/** The card beside the list. Escape closes it; focus goes into it when it opens, for that was the wish of the click. */
export function DecisionPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const panel = useRef<HTMLElement>(null)
  const { data, error, refetch } = useQuery(decisionQuery(id))
  const covers = useMediaQuery(panelCovers, false, { getInitialValueInEffect: false })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another card in the same panel takes the focus too
  useEffect(() => panel.current?.focus(), [id])
  return (
    <section
      ref={panel}
      className={styles.panel}
      tabIndex={-1}
      aria-label={words.card.title}
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div className={styles.bar}>
        <span className={styles.name}>
          {words.card.title} <code>{id}</code>
        </span>
        <Link to="/decisions/$id" params={{ id }} className={styles.whole}>
          {words.card.ownPage}
        </Link>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={words.close} onClick={onClose}>
          <Icon name="cross" />
        </ActionIcon>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <div className={styles.content} tabIndex={0}>
        {error && !data ? <Problem error={error} onRetry={() => void refetch()} /> : null}
        {data ? <DecisionCardView card={data} headingLevel={covers ? 1 : 2} /> : error ? null : <Loading lines={10} />}
      </div>
    </section>
  )
}
