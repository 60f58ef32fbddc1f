/** A place in a text, from 1, in Unicode characters. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** The text of a file and where its lines begin. */
export class SourceText {
  readonly text: string
  readonly #lineStarts: readonly number[]

  constructor(text: string) {
    this.text = text
    this.#lineStarts = lineStartsOf(text)
  }

  /** Line and column of an offset in UTF-16 units. */
  placeOf(offset: number): Place {
    const line = lastAtMost(this.#lineStarts, offset)
    const start = this.#lineStarts[line] ?? 0
    return { line: line + 1, column: characters(this.text, start, offset) + 1 }
  }
}

/** YAML 1.2 §5.4: a line ends with LF, CR LF or CR. */
function lineStartsOf(text: string): number[] {
  const starts = [0]
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length)
  return starts
}

function lastAtMost(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? Infinity) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function characters(text: string, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i)
    const isSecondHalf = unit >= 0xdc00 && unit <= 0xdfff
    if (!isSecondHalf) count++
  }
  return count
}
