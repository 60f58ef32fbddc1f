import type { EventRow } from '@edgeward/service/api'
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { DecisionPanel } from '../decision/decision-panel.tsx'
import { focusSoon } from '../parts/focus-soon.ts'
import { Icon } from '../parts/icon.tsx'
import { Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { useRowWindow } from '../parts/use-row-window.ts'
import { useAnnounce } from '../shell/announcements.tsx'
import { useSite } from '../shell/site.tsx'
import { words } from '../words.ts'
import { EventFilters } from './event-filters.tsx'
import type { StreamState } from './event-source.ts'
import { EventTable, rowHeightOf } from './event-table.tsx'
import { batchSentence } from './event-text.ts'
import styles from './events-page.module.css'
import type { EventFilter } from './live-list.ts'
import { useLiveEvents } from './use-live-events.ts'

/** What happens, as it happens. */
export function EventsPage() {
  const search = useSearch({ from: '/signed-in/events' })
  const navigate = useNavigate({ from: '/events' })
  const { person, asset, module, result, card } = search
  const filter = useMemo<EventFilter>(
    () => ({
      ...(person === undefined ? {} : { person }),
      ...(asset === undefined ? {} : { asset }),
      ...(module === undefined ? {} : { module }),
      ...(result === 'permit' || result === 'deny' ? { decision: result } : {}),
      ...(result === 'everything' ? {} : { kind: 'decision' as const }),
    }),
    [person, asset, module, result],
  )
  const [paused, setPaused] = useState(false)
  const [scrolled, setScrolled] = useState(false)
  const held = paused || scrolled
  const announceBatch = useSpokenBatches()
  const live = useLiveEvents({ filter, held, onBatch: announceBatch })
  const window = useRowWindow({ count: live.list.rows.length, rowHeight: rowHeightOf })
  // Whoever reads further down keeps the place: what arrives waits until the top is seen again.
  if (scrolled === window.atTop) setScrolled(!window.atTop)
  const { release } = live
  const goOn = (): void => {
    setPaused(false)
    release()
    window.scrollToTop()
  }
  const mayRelease = !held && live.list.waitingCount > 0
  useEffect(() => {
    if (mayRelease) release()
  }, [mayRelease, release])
  const closeCard = (): void => {
    void navigate({ search: ({ card: _, ...rest }) => rest, resetScroll: false }).then(() =>
      focusSoon(`a[data-card="${card}"]`),
    )
  }
  const w = words.events
  return (
    <div className={styles.split} data-card={card === undefined ? undefined : true}>
      <div className={styles.list}>
        <Page
          fill
          title={w.title}
          actions={
            <div className={styles.actions}>
              <StreamMark state={live.stream} paused={paused} />
              <Button
                variant={paused ? 'filled' : 'default'}
                size="xs"
                leftSection={<Icon name={paused ? 'play' : 'pause'} size={15} />}
                onClick={paused ? goOn : () => setPaused(true)}
              >
                {paused ? w.resume(live.list.waitingCount) : w.pause}
              </Button>
            </div>
          }
        >
          <EventFilters search={search} />
          {live.error ? <Problem error={live.error} onRetry={live.retry} /> : null}
          <div className={styles.tableBox}>
            {held && live.list.waitingCount > 0 ? (
              <button type="button" className={styles.waiting} onClick={goOn}>
                <Icon name="up" size={15} />
                {w.waiting(live.list.waitingCount)}
              </button>
            ) : null}
            <EventTable
              rows={live.list.rows}
              window={window}
              isLoading={live.isLoading}
              openCard={card}
              footer={<Older oldest={live.list.oldest} load={live.loadOlder} />}
            />
          </div>
        </Page>
      </div>
      {card === undefined ? null : <DecisionPanel id={card} onClose={closeCard} />}
    </div>
  )
}

const streamTones = { live: 'good', connecting: 'neutral', interrupted: 'bad' } as const

function StreamMark({ state, paused }: { readonly state: StreamState; readonly paused: boolean }) {
  if (paused) {
    return (
      <StateMark tone="warn" icon="pause">
        {words.events.paused}
      </StateMark>
    )
  }
  return (
    <StateMark
      tone={streamTones[state]}
      icon={state === 'live' ? 'dot' : state === 'interrupted' ? 'unlinked' : 'clock'}
    >
      {words.events.stream[state]}
    </StateMark>
  )
}

function Older({ oldest, load }: { readonly oldest: string | null; readonly load: () => Promise<void> }) {
  const { mutate, isPending, error } = useMutation({ mutationFn: load })
  if (oldest === null) return <p className={styles.end}>{words.events.end}</p>
  return (
    <div className={styles.end}>
      {error ? <Problem error={error} /> : null}
      <Button variant="default" size="xs" loading={isPending} onClick={() => mutate()}>
        {words.events.older}
      </Button>
    </div>
  )
}

/** New rows are spoken in one sentence at most this often: a list that talks without end is no help. */
const spokenEveryMs = 5_000

function useSpokenBatches(): (batch: readonly EventRow[]) => void {
  const announce = useAnnounce()
  const { tell } = useSite()
  const unspoken = useRef<readonly EventRow[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const speak = useRef((): void => undefined)
  speak.current = () => {
    timer.current = undefined
    announce(batchSentence(unspoken.current, tell))
    unspoken.current = []
  }
  return useCallback((batch: readonly EventRow[]) => {
    unspoken.current = [...batch, ...unspoken.current]
    if (timer.current === undefined) timer.current = setTimeout(() => speak.current(), spokenEveryMs)
  }, [])
}
