const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size for people: "3.4 MiB". */
export function shownBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 2 ** (10 * power)
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}
