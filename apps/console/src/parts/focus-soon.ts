/**
 * Gives the focus to what is found after the next frame: a list that a panel covered can take it only when it is drawn
 * again. Whoever closed the panel by keyboard goes on where it was opened.
 */
export function focusSoon(selector: string): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true }))
  })
}
