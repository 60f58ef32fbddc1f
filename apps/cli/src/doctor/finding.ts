/** What the doctor finds, and what is to be done about it. */

/** `ok`: as it should be. `warning`: it works, and somebody should know. `problem`: something does not work. */
export type FindingState = 'ok' | 'warning' | 'problem'

export interface Finding {
  /** What was looked at: one or two words. */
  readonly check: string
  readonly state: FindingState
  readonly found: string
  /** What to do; there for everything that is not ok. */
  readonly todo?: string
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found })
export const warning = (check: string, found: string, todo: string): Finding => ({
  check,
  state: 'warning',
  found,
  todo,
})
export const problem = (check: string, found: string, todo: string): Finding => ({
  check,
  state: 'problem',
  found,
  todo,
})
