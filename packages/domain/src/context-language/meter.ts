/**
 * Steps that one operator or function may take: a character that is compared or copied is one. Each has its own, so that
 * a value that is withheld leaves no room for another (T44).
 */
export const stepsANode = 16_384
/** An item of a list, or a character that becomes an item, costs as much as so many characters. */
const stepsAnItem = 4
/** A search looks at a character so often at most (Boyer and Moore). */
const looksOfSearch = 4

/** Counts steps before they are made, so that what is too much is never begun (T43). */
export class Meter {
  #used = 0
  #left = 0

  /** Steps of the whole expression so far. */
  get used(): number {
    return this.#used
  }

  /** The next operator or function begins. */
  begin(): void {
    this.#used += 1
    this.#left = stepsANode
  }

  /** Whether so many characters can be compared or copied. */
  spend(characters: number): boolean {
    if (characters > this.#left) return false
    this.#left -= characters
    this.#used += characters
    return true
  }

  /** The same for items of lists. */
  spendItems(items: number): boolean {
    return this.spend(items * stepsAnItem)
  }

  /** The same for looking for one text in another. */
  spendSearch(characters: number): boolean {
    return this.spend(characters * looksOfSearch)
  }
}
