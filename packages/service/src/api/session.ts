/** First start, log-in, log-out. Threat-model R11. */
import { z } from 'zod'
import { Code, Instant, Name } from './values.ts'

/** The name of the header that carries the session's token on every POST with a cookie. */
export const csrfHeader = 'x-csrf-token'

/**
 * The name of the header by which a page says, with the value 1, that it reads by itself and nobody asked: the session
 * goes on getting idle. Counts on reads alone.
 */
export const backgroundHeader = 'x-edgeward-background'

export interface ClaimRequest {
  readonly code: string
  /** How the first administrator is called in records. */
  readonly name: string
}
export const ClaimRequest: z.ZodType<ClaimRequest> = z.object({ code: Code, name: Name }).meta({ id: 'ClaimRequest' })

export interface LogInRequest {
  readonly code: string
}
export const LogInRequest: z.ZodType<LogInRequest> = z.object({ code: Code }).meta({ id: 'LogInRequest' })

/** Somebody who is signed in. */
export interface SignedIn {
  readonly state: 'signed-in'
  /** `local:<uid>` on the operator socket. */
  readonly principal: { readonly kind: 'administrator' | 'operator'; readonly name: string }
  /** Goes into the header `csrfHeader`; empty on the operator socket, which needs none. */
  readonly csrfToken: string
  /** End of the session at the latest; it also ends after 15 minutes without a request. */
  readonly expiresAt: string | null
  readonly simulated: boolean
}
export const SignedIn: z.ZodType<SignedIn> = z
  .object({
    state: z.literal('signed-in'),
    principal: z.object({ kind: z.enum(['administrator', 'operator']), name: z.string() }),
    csrfToken: z.string(),
    expiresAt: Instant.nullable(),
    simulated: z.boolean(),
  })
  .meta({ id: 'SignedIn' })

export interface SignedOut {
  readonly state: 'signed-out'
  /** False: nobody is administrator yet, the claim link on the terminal is needed. */
  readonly claimed: boolean
  readonly simulated: boolean
}
export const SignedOut: z.ZodType<SignedOut> = z
  .object({ state: z.literal('signed-out'), claimed: z.boolean(), simulated: z.boolean() })
  .meta({ id: 'SignedOut' })

export type SessionState = SignedIn | SignedOut
export const SessionState: z.ZodType<SessionState> = z.union([SignedIn, SignedOut]).meta({ id: 'SessionState' })

/**
 * A link for one use. The code stands behind `#`, so that no server or log sees it:
 * `http://127.0.0.1:PORT/claim#CODE` (30 minutes) or `http://127.0.0.1:PORT/log-in#CODE` (10 minutes).
 */
export interface LogInLink {
  readonly kind: 'claim' | 'log-in'
  readonly url: string
  readonly expiresAt: string
}
export const LogInLink: z.ZodType<LogInLink> = z
  .object({ kind: z.enum(['claim', 'log-in']), url: z.string(), expiresAt: Instant })
  .meta({ id: 'LogInLink' })
