/** A union of half-open periods of numbers (instants, days), kept apart and in order. */
export class Periods {
  readonly #sorted: { readonly from: number; readonly to: number }[] = []

  /** Adds a period that is not empty; says whether it overlaps what was there. */
  add(from: number, to: number): boolean {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle]?.to ?? Infinity) <= from) low = middle + 1
      else high = middle
    }
    let end = low
    let [first, last] = [from, to]
    for (let next = this.#sorted[end]; next !== undefined && next.from < to; next = this.#sorted[++end]) {
      first = Math.min(first, next.from)
      last = Math.max(last, next.to)
    }
    this.#sorted.splice(low, end - low, { from: first, to: last })
    return end > low
  }
}
