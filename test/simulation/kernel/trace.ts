import { createHash } from 'node:crypto'

/** What happened, in order: a line each, readable, and the same for the same seed. */
export class Trace {
  readonly #lines: string[] = []
  readonly #hash = createHash('sha256')
  readonly #seconds: () => number
  readonly #tell: ((line: string) => void) | undefined

  /** `seconds`: since the start of the run. `tell` hears each line at once. */
  constructor(seconds: () => number, tell?: (line: string) => void) {
    this.#seconds = seconds
    this.#tell = tell
  }

  add(text: string): void {
    const line = `${this.#seconds().toFixed(3).padStart(12)}  ${text}`
    this.#lines.push(line)
    this.#hash.update(line)
    this.#tell?.(line)
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count)
  }

  /** Of all lines so far: two runs of a seed that differ anywhere differ here. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
