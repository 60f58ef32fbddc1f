import type { DeclaredIds } from './declared-ids.ts'
import type { DiagnosticCode, WarningCode } from './diagnostic.ts'

/** What every reader of a value needs: where to report, what the file declares, the zone of its wall times. */
export interface Scope {
  readonly ids: DeclaredIds
  /** `UTC` if the file's own is wrong, so that one error does not hide others. */
  readonly timeZone: string
  readonly report: Report
  readonly warn: (at: number, code: WarningCode, message: string) => void
  /** Errors so far: whether reading something added one tells whether it is whole. */
  readonly errorCount: () => number
}

/** Notes an error at an offset of the text. The message says what to do. */
export type Report = (
  at: number,
  code: Exclude<DiagnosticCode, WarningCode>,
  message: string,
  suggestion?: string | undefined,
) => void
