import type { Matrix, MatrixRule } from '@edgeward/service/api'
import { ActionIcon } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import { functionName } from '../events/event-text.ts'
import { Icon } from '../parts/icon.tsx'
import { panelCovers } from '../parts/panel-covers.ts'
import { StateMark } from '../parts/state-mark.tsx'
import { words } from '../words.ts'
import styles from './cell-panel.module.css'
import type { OpenCell } from './matrix-grid.tsx'
import { cellsOf } from './matrix-model.ts'

interface CellPanelProps {
  readonly matrix: Matrix
  readonly open: OpenCell
  readonly onClose: () => void
}

/** The rules behind a cell, as sentences. */
export function CellPanel({ matrix, open, onClose }: CellPanelProps) {
  const panel = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another cell in the same panel takes the focus too
  useEffect(() => panel.current?.focus(), [open.role, open.asset])
  const role = matrix.roles.find(({ id }) => id === open.role)
  const column = matrix.columns.find(({ asset }) => asset === open.asset)
  const cell = cellsOf(matrix)(open.role, open.asset)
  const w = words.matrix
  const covers = useMediaQuery(panelCovers, false, { getInitialValueInEffect: false })
  const Heading = covers ? 'h1' : 'h2'
  return (
    <section
      ref={panel}
      className={styles.panel}
      tabIndex={-1}
      aria-label={w.rulesBehind}
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div className={styles.head}>
        <div>
          <Heading>{role?.name ?? open.role}</Heading>
          <p className={styles.asset}>{column?.name ?? open.asset}</p>
          {column ? <p className={styles.path}>{column.areas.map(({ name }) => name).join(' › ')}</p> : null}
        </div>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={words.close} onClick={onClose}>
          <Icon name="cross" />
        </ActionIcon>
      </div>
      {cell === undefined ? (
        <p className={styles.none}>{w.noRule}</p>
      ) : (
        <ul className={styles.rules}>
          {cell.rules.map(rule => (
            <li key={rule.id}>
              <Rule rule={rule} role={role?.name ?? open.role} asset={column?.name ?? open.asset} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Rule({ rule, role, asset }: { readonly rule: MatrixRule; readonly role: string; readonly asset: string }) {
  const w = words.matrix
  const prohibits = rule.kind === 'prohibition'
  const functions = rule.functions.map(name => (name === 'all' ? w.everything : functionName(name)))
  return (
    <>
      <StateMark tone={prohibits ? 'bad' : 'good'} icon={prohibits ? 'prohibited' : 'check'}>
        {prohibits ? w.prohibition : w.permission}
      </StateMark>
      <p className={styles.sentence}>
        {w.ruleSentence({
          role: rule.through?.name ?? role,
          prohibits,
          functions,
          asset,
          conditions: rule.conditions.length,
        })}
      </p>
      {rule.conditions.length === 0 ? null : (
        <ul className={styles.conditions}>
          {rule.conditions.map(condition => (
            <li key={condition}>{condition}</li>
          ))}
        </ul>
      )}
      <p className={styles.id}>
        <code>{rule.id}</code>
        {rule.through ? <span>{w.through(rule.through.name)}</span> : null}
      </p>
    </>
  )
}
