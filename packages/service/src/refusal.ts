import type { ErrorCode } from './api/error-answer.ts'

const statuses: Readonly<Record<ErrorCode, number>> = {
  'invalid-request': 400,
  'body-too-large': 413,
  'header-too-large': 431,
  timeout: 408,
  'unsupported-media-type': 415,
  'not-signed-in': 401,
  'not-allowed': 403,
  csrf: 403,
  origin: 403,
  'not-claimed': 403,
  'code-refused': 403,
  'proof-refused': 403,
  'not-found': 404,
  conflict: 409,
  'site-missing': 409,
  'site-refused': 422,
  'pin-refused': 422,
  'order-refused': 403,
  'too-many-requests': 429,
  unavailable: 503,
  'internal-error': 500,
}

/** An answer of "no" to a caller: a code for programs, a sentence for people. Nothing was changed. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>> | undefined
  constructor(code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message)
    this.code = code
    this.details = details
  }

  /** HTTP status. */
  get status(): number {
    return statuses[this.code]
  }
}
