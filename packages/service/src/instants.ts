/** Instants as the interface writes them, from milliseconds since 1970. */

/** `2026-11-24T13:00:00Z`, fractions cut. */
export function instantText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** The same; null stays null. */
export function instantOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : instantText(ms)
}

/** Seconds since 1970, as envelopes and records count. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
