import type { Matrix } from '@edgeward/service/api'
import { Button, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { matrixQuery, statusQuery } from '../api/queries.ts'
import { focusSoon } from '../parts/focus-soon.ts'
import { Page } from '../parts/page.tsx'
import { Empty, Loading, Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import { CellPanel } from './cell-panel.tsx'
import { MarkView } from './mark.tsx'
import { MatrixGrid, type OpenCell } from './matrix-grid.tsx'
import { foldAbove, type GroupBy, groupsOf } from './matrix-model.ts'
import styles from './matrix-page.module.css'

/** Who may do what: roles by assets, and the rules behind each cell. */
export function MatrixPage() {
  const { data: status } = useQuery(statusQuery)
  const { data, error, refetch } = useQuery(matrixQuery(status?.siteVersion ?? null))
  if (data) return <Loaded matrix={data} />
  return (
    <Page title={words.matrix.title}>
      {error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading lines={12} />}
    </Page>
  )
}

function Loaded({ matrix }: { readonly matrix: Matrix }) {
  const navigate = useNavigate({ from: '/matrix' })
  const { role, asset } = useSearch({ from: '/signed-in/matrix' })
  const open = useMemo(() => (role !== undefined && asset !== undefined ? { role, asset } : undefined), [role, asset])
  const [by, setBy] = useState<GroupBy>('area')
  const groups = useMemo(() => groupsOf(matrix.columns, by, words.matrix.outside), [matrix, by])
  const [folded, setFolded] = useState<ReadonlySet<string>>(
    () => new Set(matrix.columns.length > foldAbove ? groups.map(({ id }) => id) : []),
  )
  const openCell = (cell: OpenCell): void => {
    void navigate({ search: { ...cell }, replace: open !== undefined })
  }
  const close = (): void => {
    void navigate({ search: {} }).then(() => focusSoon('td[data-place][tabindex="0"]'))
  }
  const toggle = (group: string): void => {
    const next = new Set(folded)
    if (!next.delete(group)) next.add(group)
    setFolded(next)
  }
  const w = words.matrix
  return (
    <div className={styles.split} data-open={open ? true : undefined}>
      <div className={styles.main}>
        <Page fill title={w.title} lead={w.lead({ version: matrix.version })}>
          <div className={styles.bar}>
            <Legend />
            <div className={styles.controls}>
              <SegmentedControl
                size="xs"
                aria-label={w.groupBy}
                data={[
                  { value: 'area', label: w.byArea },
                  { value: 'kind', label: w.byKind },
                ]}
                value={by}
                onChange={value => {
                  setBy(value === 'kind' ? 'kind' : 'area')
                  setFolded(new Set())
                }}
              />
              <Button
                size="xs"
                variant="default"
                onClick={() => setFolded(folded.size > 0 ? new Set() : new Set(groups.map(({ id }) => id)))}
              >
                {folded.size > 0 ? w.unfoldAll : w.foldAll}
              </Button>
            </div>
          </div>
          {matrix.columns.length === 0 ? (
            <Empty>{w.empty}</Empty>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
            <section className={styles.scroll} tabIndex={0} aria-label={w.scrollRegion}>
              <MatrixGrid
                key={by}
                matrix={matrix}
                groups={groups}
                folded={folded}
                onToggle={toggle}
                open={open}
                onOpen={openCell}
              />
            </section>
          )}
        </Page>
      </div>
      {open ? <CellPanel matrix={matrix} open={open} onClose={close} /> : null}
    </div>
  )
}

function Legend() {
  const w = words.matrix
  return (
    <ul className={styles.legend} aria-label={w.legend}>
      <li>
        <MarkView mark="x" /> {w.marks.x}
      </li>
      <li>
        <MarkView mark="(x)" /> {w.marks['(x)']}
      </li>
      <li>
        <MarkView mark="prohibited" /> {w.marks.prohibited}
      </li>
      <li>
        <span className={styles.limited}>
          <MarkView mark="x" limited />
        </span>{' '}
        {w.limited}
      </li>
    </ul>
  )
}
