import type { Diagnostic, DiagnosticCode, WarningCode } from './diagnostic.ts'
import { maxDiagnostics } from './limits.ts'
import { compareCodePoints } from './suggestion.ts'
import type { SourceText } from './yaml/source-text.ts'

/** Collects the diagnostics of one file. */
export class Diagnostics {
  readonly #file: string
  readonly #source: SourceText
  readonly #found: Found[] = []
  #errors = 0

  constructor(file: string, source: SourceText) {
    this.#file = file
    this.#source = source
  }

  /** Notes an error at an offset of the text. */
  report(at: number, code: DiagnosticCode, message: string, suggestion?: string): void {
    this.#errors++
    this.#note({ severity: 'error', at, code, message, suggestion })
  }

  warn(at: number, code: WarningCode, message: string): void {
    this.#note({ severity: 'warning', at, code, message, suggestion: undefined })
  }

  /** How many errors there are, those above the bound included. */
  errorCount(): number {
    return this.#errors
  }

  /** By line, column and code; at most `maxDiagnostics`, of which the last says that there are more. */
  sorted(): readonly Diagnostic[] {
    const sorted = this.#found.toSorted((a, b) => a.at - b.at || compareCodePoints(a.code, b.code))
    return sorted.slice(0, maxDiagnostics).map((found, index) => {
      const isCut = index === maxDiagnostics - 1 && sorted.length > maxDiagnostics
      return this.#place(isCut ? { ...found, message: `${found.message} There are more; correct these first.` } : found)
    })
  }

  #note(found: Found): void {
    if (this.#found.length < maxNoted || (this.#errors === 1 && found.severity === 'error')) this.#found.push(found)
  }

  #place({ severity, code, at, message, suggestion }: Found): Diagnostic {
    const place = { file: this.#file, ...this.#source.placeOf(at) }
    return suggestion === undefined
      ? { severity, code, ...place, message }
      : { severity, code, ...place, message, suggestion }
  }
}

interface Found {
  readonly severity: Diagnostic['severity']
  readonly at: number
  readonly code: DiagnosticCode
  readonly message: string
  readonly suggestion: string | undefined
}

/** Kept in memory before they are sorted and cut. */
const maxNoted = 100_000
