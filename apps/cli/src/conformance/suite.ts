/** One verdict of a conformance run. */
export interface Verdict {
  /** The case as its file names it, with the role or step where there are several. */
  readonly name: string
  readonly ok: boolean
  /** What was expected and what came; only for a failure. */
  readonly detail?: string
}

/** What a suite found in one vector file. */
export interface SuiteResult {
  readonly verdicts: readonly Verdict[]
  /** Cases left out by an option that the caller gave, or as belonging to a part that is not there yet: then it says which. */
  readonly leftOut: number
  readonly leftOutBecause?: string
}

export interface SuiteOptions {
  /** Only for `aliro`: leave out the transactions of other phases. */
  readonly phase?: 'standard'
}

/**
 * A conformance suite: runs the cases of one vector file. It calls only public doors of the packages, those that
 * the module process itself uses. A kind or field that it does not know is a failure, never a skip.
 */
export type Suite = (file: string, options: SuiteOptions) => Promise<SuiteResult>
