import { createContext, use, useCallback, useState } from 'react'

const AnnounceContext = createContext<(text: string) => void>(() => undefined)

/** Says something to screen readers, politely: after what they are reading now. */
export function useAnnounce(): (text: string) => void {
  return use(AnnounceContext)
}

/** One live region for the whole console, there from the start, for a region that appears with its text stays mute. */
export function Announcements({ children }: { readonly children: React.ReactNode }) {
  const [text, setText] = useState('')
  const announce = useCallback((next: string) => setText(next), [])
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcements">
        {text}
      </div>
    </AnnounceContext>
  )
}
