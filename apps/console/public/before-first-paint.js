// A file of its own because the content security policy allows no script inside the page.
// Sets the colour scheme before anything is painted, so that a dark page never flashes white.
;(() => {
  let chosen
  try {
    chosen = localStorage.getItem('edgeward-colour-scheme')
  } catch {
    // Storage may be forbidden by the browser's settings; the system's scheme is used then.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
  // zod would try to compile its checks with `new Function`, which the policy refuses and reports.
  globalThis.__zod_globalConfig = { jitless: true }
})()
