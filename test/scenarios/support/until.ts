import { setTimeout as delay } from 'node:timers/promises'

const lookMs = 15
const patienceMs = 20_000

/** Looks until there is something to see. Rejects with what it was that did not come. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const began = performance.now(); performance.now() - began < patienceMs; await delay(lookMs)) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
  }
  throw new Error(`waited ${patienceMs / 1_000} s for this: ${what}`)
}
