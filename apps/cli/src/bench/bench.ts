/** What a bench measures and how it answers. Every ratio of a bench is taken in one run, interleaved with its base. */

/** One measured number beside its limit. */
export interface Figure {
  /** What was measured, in words: `tap with PIN, p99`. */
  readonly name: string
  readonly value: number
  /** Unit of value and limit: `x` for a ratio, `ms`, `MB`, `records/s`. */
  readonly unit: string
  /** What it may be at most, or at least. Left out: told, not judged. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number }
}

export interface BenchResult {
  readonly figures: readonly Figure[]
  /** What the figures were made of, for `--json` alone: samples, parts, sizes. */
  readonly detail?: unknown
}

export interface BenchOptions {
  /** Says how far it is. */
  readonly progress: (text: string) => void
}

/** A bench; rejects with a CliError when something that it needs is missing. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>

/** Whether a figure keeps its limit; undefined: it has none. */
export function isKept({ value, limit }: Figure): boolean | undefined {
  if (limit === undefined) return undefined
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast
}
