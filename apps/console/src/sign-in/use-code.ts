import { useEffect, useState } from 'react'

/**
 * The code of a one-time link. It stands behind `#`, where no server or log sees it, and is taken out of the address at
 * once, so that neither the browser's history nor a look over the shoulder keeps it.
 */
export function useCode(): readonly [code: string, setCode: (code: string) => void] {
  const [code, setCode] = useState(codeInAddress)
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname)
  }, [])
  return [code, setCode]
}

function codeInAddress(): string {
  const fragment = location.hash.slice(1)
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    if (error instanceof URIError) return fragment
    throw error
  }
}
