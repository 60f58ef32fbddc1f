import { useCallback, useRef, useState } from 'react'

/** The width of an element in pixels, known before the first paint and kept up to date: nothing jumps when it comes. */
export function useWidth(): readonly [ref: (element: HTMLElement | null) => void, width: number] {
  const [width, setWidth] = useState(0)
  const observer = useRef<ResizeObserver | null>(null)
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect()
    if (!element) return
    const measure = (): void => setWidth(element.clientWidth)
    measure()
    observer.current = new ResizeObserver(measure)
    observer.current.observe(element)
  }, [])
  return [ref, width]
}
