/** Codes of site.md §8. They change like an API. */
export type DiagnosticCode =
  | 'yaml-syntax'
  | 'yaml-feature'
  | 'duplicate-key'
  | 'version-unsupported'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'bad-value'
  | 'out-of-range'
  | 'bad-id'
  | 'reserved-id'
  | 'duplicate-id'
  | 'bad-time'
  | 'bad-date'
  | 'bad-duration'
  | 'bad-time-zone'
  | 'unknown-reference'
  | 'area-cycle'
  | 'group-cycle'
  | 'empty-window'
  | 'schedule-never'
  | 'duplicate-exception'
  | 'rrule-invalid'
  | 'rrule-unsupported'
  | 'conflict'
  | 'condition-not-allowed'
  | 'function-unknown'
  | 'cel-syntax'
  | 'cel-refused'
  | 'cel-cost'
  | 'context-unknown'
  | 'guarded-twice'
  | 'booking-overlap'
  | 'no-free-egress'
  | WarningCode

/** Codes that do not stop a file. */
export type WarningCode = 'external-unconditional' | 'asset-unguarded' | 'state-across-modules' | 'passback-no-exit'

/** What is wrong at one place of a site file. Line and column count from 1, in Unicode characters. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: DiagnosticCode
  readonly file: string
  readonly line: number
  readonly column: number
  /** What was expected, what came, what to do. */
  readonly message: string
  /** The known name that is nearest to the wrong one. */
  readonly suggestion?: string
}

/** One line for people: `site.yaml:3:7: error unknown-key: …`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, message, suggestion } = diagnostic
  const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`
  return `${file}:${line}:${column}: ${severity} ${code}: ${message}${hint}`
}
