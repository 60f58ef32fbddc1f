/** The one form of every refusal. */
import { z } from 'zod'

/** Codes of refusals; listed in the package's README. */
export const errorCodes = [
  'invalid-request',
  'body-too-large',
  'header-too-large',
  'timeout',
  'unsupported-media-type',
  'not-signed-in',
  'not-allowed',
  'csrf',
  'origin',
  'not-claimed',
  'code-refused',
  'proof-refused',
  'not-found',
  'conflict',
  'site-missing',
  'site-refused',
  'pin-refused',
  'order-refused',
  'too-many-requests',
  'unavailable',
  'internal-error',
] as const
export type ErrorCode = (typeof errorCodes)[number]

export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly details?: Readonly<Record<string, unknown>> | undefined
  }
}
export const ErrorAnswer: z.ZodType<ErrorAnswer> = z
  .object({
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'ErrorAnswer' })
