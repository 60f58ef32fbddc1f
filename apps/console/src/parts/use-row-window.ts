import { useCallback, useLayoutEffect, useRef, useState } from 'react'

/** Rows above and below what is seen, so that scrolling meets no blank. */
const overscan = 8

export interface RowWindow {
  /** For the element that scrolls. */
  readonly ref: (element: HTMLElement | null) => void
  readonly onScroll: () => void
  readonly first: number
  /** Behind the last row that is drawn. */
  readonly end: number
  readonly width: number
  readonly atTop: boolean
  readonly scrollToTop: () => void
}

/** Which rows of a long list are near the eye, when all rows have one height (pixels). */
export function useRowWindow({
  count,
  rowHeight,
}: {
  readonly count: number
  readonly rowHeight: (width: number) => number
}): RowWindow {
  const element = useRef<HTMLElement | null>(null)
  const [view, setView] = useState({ top: 0, height: 800, width: 1000 })
  const measure = useCallback(() => {
    const { current } = element
    if (!current) return
    const next = { top: current.scrollTop, height: current.clientHeight, width: current.clientWidth }
    setView(view => (view.top === next.top && view.height === next.height && view.width === next.width ? view : next))
  }, [])
  const observer = useRef<ResizeObserver | null>(null)
  const ref = useCallback(
    (current: HTMLElement | null) => {
      observer.current?.disconnect()
      element.current = current
      if (!current) return
      observer.current = new ResizeObserver(measure)
      observer.current.observe(current)
    },
    [measure],
  )
  useLayoutEffect(measure, [measure])
  const height = rowHeight(view.width)
  const first = Math.max(0, Math.floor(view.top / height) - overscan)
  return {
    ref,
    onScroll: measure,
    first,
    end: Math.min(count, Math.ceil((view.top + view.height) / height) + overscan),
    width: view.width,
    atTop: view.top < height / 2,
    scrollToTop: () => element.current?.scrollTo({ top: 0 }),
  }
}
