import type { EventRow } from '@edgeward/service/api'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { call } from '../api/client.ts'
import { openEvents, type StreamState } from './event-source.ts'
import {
  arrived,
  type EventFilter,
  emptyList,
  type LiveList,
  loaded,
  matches,
  released,
  withOlder,
} from './live-list.ts'

/** Rows of one page from the service. Outcomes are records too, so a page shows about half as many decisions. */
const pageRows = 200

type Change =
  | { readonly type: 'loaded'; readonly page: readonly EventRow[]; readonly oldest: string | null }
  | { readonly type: 'older'; readonly page: readonly EventRow[]; readonly oldest: string | null }
  | { readonly type: 'arrived'; readonly batch: readonly EventRow[]; readonly held: boolean }
  | { readonly type: 'released' }

function change(list: LiveList, event: Change): LiveList {
  switch (event.type) {
    case 'loaded':
      return loaded(event.page, event.oldest)
    case 'older':
      return withOlder(list, event.page, event.oldest)
    case 'arrived':
      return arrived(list, event.batch, event.held)
    case 'released':
      return released(list)
  }
}

export interface LiveEvents {
  readonly list: LiveList
  readonly stream: StreamState
  readonly isLoading: boolean
  readonly error: unknown
  readonly retry: () => void
  readonly release: () => void
  readonly loadOlder: () => Promise<void>
}

interface Options {
  readonly filter: EventFilter
  /** What arrives now waits. */
  readonly held: boolean
  /** Hears of every batch that passed the filter, newest first. */
  readonly onBatch: (batch: readonly EventRow[]) => void
}

/** The newest page that matches the filter, and from there on everything that arrives. */
export function useLiveEvents({ filter, held, onBatch }: Options): LiveEvents {
  const [list, dispatch] = useReducer(change, emptyList)
  const [stream, setStream] = useState<StreamState>('connecting')
  const history = useQuery({
    queryKey: ['events', filter],
    queryFn: ({ signal }) => call('events', { ...filter, limit: pageRows }, signal),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const { data: page, refetch } = history

  const latest = useRef({ held, onBatch, filter })
  latest.current = { held, onBatch, filter }

  useEffect(() => {
    if (!page) return
    dispatch({ type: 'loaded', page: page.events, oldest: page.oldest })
    return openEvents(page.newest, {
      onState: setStream,
      onUnreadable: () => setStream('interrupted'),
      onOverflow: () => void refetch(),
      onBatch: batch => {
        const current = latest.current
        const outcomesAndMatches = batch.filter(row => row.kind === 'outcome' || matches(row, current.filter))
        dispatch({ type: 'arrived', batch: outcomesAndMatches, held: current.held })
        const rows = outcomesAndMatches.filter(row => row.kind !== 'outcome')
        if (rows.length > 0) current.onBatch(rows.toReversed())
      },
    })
  }, [page, refetch])

  const { oldest } = list
  const loadOlder = useCallback(async () => {
    if (oldest === null) return
    const older = await call('events', { ...latest.current.filter, before: oldest, limit: pageRows })
    dispatch({ type: 'older', page: older.events, oldest: older.oldest })
  }, [oldest])
  const release = useCallback(() => dispatch({ type: 'released' }), [])
  const retry = useCallback(() => void refetch(), [refetch])

  return { list, stream, isLoading: history.isPending, error: history.error, retry, release, loadOlder }
}
