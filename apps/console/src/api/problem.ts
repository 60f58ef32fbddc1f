/** What a failed request means for whoever looks at the page. */
import { ApiError } from '@edgeward/service/api'
import { problemWords, words } from '../words.ts'

export interface ProblemText {
  readonly title: string
  readonly advice: string
}

/** Title and advice for an error. What is no refusal of the service is a fault of these pages, and said as one. */
export function explainProblem(error: unknown): ProblemText {
  if (!(error instanceof ApiError)) return { title: words.pageBroke, advice: words.pageBrokeAdvice }
  const known = problemWords[error.code]
  return known ?? { title: words.refused, advice: `${error.message} (${error.code})` }
}

/** The session is over: the pages ask to log in again. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not-signed-in'
}
