import { createTheme, type MantineColorSchemeManager, type MantineThemeOverride } from '@mantine/core'

export const theme: MantineThemeOverride = createTheme({
  primaryColor: 'teal',
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
})

type Scheme = 'light' | 'dark' | 'auto'

/** The same key as in public/before-first-paint.js. */
const storageKey = 'edgeward-colour-scheme'

/** Remembers the scheme that somebody chose; without a choice the system's scheme holds. */
export const schemeManager: MantineColorSchemeManager = {
  get: fallback => stored() ?? fallback,
  set: scheme => withStorage(storage => storage.setItem(storageKey, scheme)),
  clear: () => withStorage(storage => storage.removeItem(storageKey)),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
}

function stored(): Scheme | undefined {
  const value = withStorage(storage => storage.getItem(storageKey))
  return value === 'light' || value === 'dark' || value === 'auto' ? value : undefined
}

/** Some browsers forbid storage: then the choice lasts as long as the page. */
function withStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage)
  } catch (error) {
    if (error instanceof DOMException) return undefined
    throw error
  }
}
