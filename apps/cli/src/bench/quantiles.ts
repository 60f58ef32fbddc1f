/** The value below which a part of the samples lies, by nearest rank. `samples` may stand in any order. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] ?? Number.NaN
}

/** Median and 99th percentile. */
export function spread(samples: readonly number[]): { readonly p50: number; readonly p99: number } {
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99) }
}
